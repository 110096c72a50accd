# SPDX-License-Identifier: Apache-2.0
import os
import re
import shutil
import subprocess
import unittest

from tiny_tree import HEADER, SOURCE, SPDX, TinyTreeTest
import check_style

# For each ban: lines that break it, and lines that look like it and are fine.
BAN_SAMPLES = {
    "clock": (
        "auto now = std::chrono::system_clock::now();",
        "auto now = std::chrono::steady_clock::now();",
        "using Clock = std::chrono::high_resolution_clock;",
        "auto now = steady_clock::now();",
        "gettimeofday(&now, nullptr);",
        "clock_gettime(CLOCK_MONOTONIC, &now);",
        "auto now = time(nullptr);",
        "return std::time(nullptr);",
        "if (late) ::time(&now);",
    ),
    "random": (
        "int die = rand() % 6;",
        "int die = 1'000 + rand() % 1'000;",
        "srand(1);",
        "std::random_device seed;",
        "std::mt19937_64 engine(seed);",
        "getrandom(bytes, 16, 0);",
        "randombytes_buf(bytes, 16);",
    ),
    "file": (
        "std::ifstream in(path);",
        "std::ofstream out(path);",
        "std::fstream both(path);",
        'FILE* file = fopen(path, "rb");',
        "int fd = ::open(path, flags);",
        "int fd = open(path, O_RDONLY);",
        "std::filesystem::remove_all(path);",
        "std::filesystem::rename(from, to);",
        "std::rename(from, to);",
        "std::filesystem::create_directories(path);",
        "std::filesystem::copy_file(from, to);",
        "fs::resize_file(path, 0);",
        "::fsync(fd);",
    ),
    "socket": (
        "int fd = socket(AF_INET, SOCK_STREAM, 0);",
        "if (connect(fd, address, size) != 0) return;",
        "int fd = ::socket(AF_INET, SOCK_STREAM, 0);",
        "::bind(fd, address, size);",
    ),
    "process": (
        "posix_spawn(&pid, path, nullptr, nullptr, argv, environ);",
        "kill(pid, SIGTERM);",
        "return waitpid(pid, &status, 0);",
        "pid_t child = fork();",
    ),
    "float": ("double amount = 0;", "std::vector<float> rates;"),
    "assert": ("assert(size > 0);",),
    "using": ("using namespace std;",),
    "later": ("// TODO: refunds", "int a;  // FIXME", "/* XXX */"),
    "words": ("int master_key;", "struct SlaveNode;", "// on the Whitelist", "int blacklisted;"),
}
FINE = (
    'auto text = "time(0) socket( TODO double master";',
    'auto text = R"(it\'s " fopen(x) // master)";',
    "// one time (and) again: rand() is not used, std::ofstream neither, nor a double",
    "/* system_clock::now()\n   assert(x) */",
    "Hlc time() const;",
    "auto when = event.time() + head->time();",
    "Result<Link> connect(const Address& to);",
    "auto link = Transport::connect(to) && transport.connect(to) && link->socket();",
    "auto store = RocksStore::open(path);",
    "std::filesystem::path path;",
    "int64_t operand(int64_t brand);",
    "static_assert(sizeof(int) == 4);",
    "int64_t price = 1'000;  // it's 'fine'",
    "enum class Scheme { kMastercard };",
    'auto name = mkstemp_name("XXXXXX");',
)
RULED_FILE = {"using": "ledger/a.h"}


class CheckStyle(TinyTreeTest):
    script = "check_style.py"

    def test_a_clean_tree_passes(self):
        self.write_code("ledger/money.h", "#include <cstdint>\n\nint64_t twice(int64_t amount);")
        self.write_code("ledger/money.cc", "int64_t twice(int64_t amount) { return 2 * amount; }")
        self.write("schemas/event.proto", f"// {SPDX}syntax = 'proto3';\n")
        self.write("scripts/tool.py", f"#!/usr/bin/env python3\n# {SPDX}print(1)\n")
        self.write("scripts/run", f"#!/bin/sh\n# {SPDX}")
        self.write("README.md", "# Verbena\n\n" + "long " * 40 + "line\n")
        self.assert_clean()
        self.assert_ends(0, r"^style: 6 files, ok$")

    def test_a_broken_rule_fails_the_command_with_place_and_sentence(self):
        self.write_code("ledger/a.cc", "\nassert(true);")
        self.assert_ends(1, r"^ledger/a\.cc:3: 'assert\(' uses assert")

    def test_an_empty_tree_does_not_pass(self):
        self.assert_ends(1, "nothing to check")

    def test_every_ban_catches_what_it_is_there_for(self):
        self.assertEqual(BAN_SAMPLES.keys(), check_style.BANS.keys())
        for name, ban in check_style.BANS.items():
            path = RULED_FILE.get(name, "ledger/a.cc")
            for code in BAN_SAMPLES[name]:
                with self.subTest(ban=name, code=code):
                    self.write_code(path, code)
                    self.assert_only(f"{path}:{3 if path.endswith('.h') else 2}", ban.sentence)
            self.remove(path)

    def test_every_pattern_of_a_ban_has_a_line_that_breaks_it(self):
        for name, ban in check_style.BANS.items():
            for pattern in ban.patterns:
                with self.subTest(ban=name, pattern=pattern):
                    caught = [s for s in BAN_SAMPLES[name] if re.search(pattern, s, ban.flags)]
                    self.assertTrue(caught)

    def test_every_ban_holds_in_all_its_folders_and_in_no_other(self):
        for name, ban in check_style.BANS.items():
            for folder in (*check_style.PRODUCT, "bench", "test"):
                with self.subTest(ban=name, folder=folder):
                    self.write_code(f"{folder}/a.h", BAN_SAMPLES[name][0])
                    self.assertEqual(len(self.told()), int(folder in ban.folders))
                    self.remove(f"{folder}/a.h")

    def test_every_seam_is_open_to_the_files_behind_it(self):
        for name, ban in check_style.BANS.items():
            for path in ban.allowed:
                self.write_code(path, BAN_SAMPLES[name][0])
                with self.subTest(ban=name, path=path):
                    self.assert_clean()

    def test_code_that_only_looks_like_a_breach_is_fine(self):
        for code in FINE:
            with self.subTest(code=code):
                self.write_code("ledger/a.cc", code)
                self.assert_clean()

    def test_work_put_off_in_a_schema_is_told(self):
        self.write("schemas/event.proto", f"// {SPDX}\n// TODO: refunds\n")
        self.assert_only("schemas/event.proto:3", "puts work off")

    def test_a_source_that_nobody_builds_is_told(self):
        self.write("CMakeLists.txt", "add_subdirectory(node)\nadd_executable(main node/main.cc)\n")
        self.write("node/CMakeLists.txt", "add_library(node sales.cc)\nforeach(name till wall)\n")
        for built in ("main", "sales", "till", "wall"):
            self.write_code(f"node/{built}.cc", "int value;")
        self.assert_clean()
        self.write_code("node/ales.cc", "int value;")
        self.assert_only("node/ales.cc:1", "no CMakeLists.txt above it names it")

    def test_using_namespace_is_fine_in_a_source(self):
        self.write_code("node/main.cc", "using namespace std::chrono_literals;")
        self.assert_clean()

    def test_each_fault_of_layout_is_told_by_line(self):
        for fault, sentence in (
            ("int a;\r\n", "carriage return"),
            ("\tint a;\n", "tab"),
            ("int a; \n", "trailing blanks"),
            ("int a;", "end with a newline"),
            (f"// {'x' * 98}\n", "has 101 columns"),
        ):
            with self.subTest(sentence=sentence):
                self.write("test/a.cc", SOURCE + fault)
                self.assert_only("test/a.cc:2", sentence)

    def test_columns_count_characters_and_not_bytes(self):
        self.write("node/a.cc", SOURCE + f"// {'ñ' * 97}\n")
        self.assert_clean()

    def test_bytes_that_are_not_utf_8_are_told(self):
        self.write("docs/a.md", b"caf\xe9\n")
        self.assert_only("docs/a.md:1", "not UTF-8")

    def test_a_script_without_suffix_is_looked_at(self):
        self.write("scripts/run", "#!/bin/sh\n\techo\n")
        self.assert_only("scripts/run:2", "tab")

    def test_a_header_without_pragma_once_is_told(self):
        self.write("node/a.h", SOURCE + "// #pragma once\n")
        self.assert_only("node/a.h:1", "#pragma once")

    def test_a_file_without_its_license_line_is_told(self):
        texts = {"a.h": "#pragma once\n", "a.cc": "\n", "a.proto": f"# {SPDX}", "a.py": "\n"}
        for name, text in texts.items():
            with self.subTest(name=name):
                self.write(f"node/{name}", text)
                self.assert_only(f"node/{name}:1", "does not start with")
                self.remove(f"node/{name}")

    def test_a_script_has_its_license_line_after_the_shebang(self):
        self.write("scripts/a.py", "#!/usr/bin/env python3\nprint(1)\n")
        self.assert_only("scripts/a.py:2", "does not start with")

    def test_a_source_with_an_unchecked_suffix_is_told(self):
        self.write("ledger/a.cpp", SOURCE)
        self.assert_only("ledger/a.cpp:1", "end in .h or .cc")

    def test_a_file_of_more_than_600_lines_is_told(self):
        self.write("node/a.h", HEADER + "\n" * 598)
        self.assert_clean()
        self.write("node/a.h", HEADER + "\n" * 599)
        self.assert_only("node/a.h:601", "has 601 lines")

    def test_built_and_bundled_folders_are_not_looked_at(self):
        for folder in ("build/x", "node/web/node_modules/x", "node/web/dist"):
            self.write(f"{folder}/a.h", "\t")
        self.assertEqual(check_style.check(self.root).files, 0)

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_in_a_repository_what_git_ignores_is_not_looked_at(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        subprocess.run(["git", "init", "-q", self.root], env=clean, check=True)
        self.write(".gitignore", "made/\n")
        self.write("made/a.h", "\t")
        self.write_code("node/new.cc", "\t")
        self.assertEqual({v.split(":")[0] for v in self.told()}, {"node/new.cc"})


if __name__ == "__main__":
    unittest.main()
