# SPDX-License-Identifier: Apache-2.0
import unittest

from tiny_tree import TinyTreeTest
import check_layers

# For each row of the policy: headers of it, a place where they may be and one where they may not.
HEAVY_SAMPLES = {
    "libsodium": (
        ("<sodium.h>", "<sodium/utils.h>"),
        "ledger/core/crypto.cc",
        "ledger/core/hash.cc",
    ),
    "RocksDB": (
        ("<rocksdb/db.h>", "<rocksdb/utilities/backup_engine.h>"),
        "ledger/store/rocks_store.cc",
        "ledger/store/head_file.cc",
    ),
    "gRPC": (
        ("<grpcpp/grpcpp.h>", "<grpc/grpc.h>", '"schemas/sync.grpc.pb.h"'),
        "replication/grpc_transport.cc",
        "replication/session.h",
    ),
    "zstd": (("<zstd.h>",), "replication/pack.cc", "replication/session.cc"),
    "OpenSSL": (("<openssl/x509.h>",), "node/pki.cc", "node/main.cc"),
    "Nettle": (("<nettle/aes.h>",), "test/card_emulator/ev2_side.cc", "node/nfc/aes.cc"),
    "PC/SC": (("<winscard.h>", "<PCSC/winscard.h>"), "node/nfc/pcsc_reader.cc", "node/readers.cc"),
    "QR": (("<qrencode.h>",), "node/qr.cc", "node/cli/proof.cc"),
    "toml++": (("<toml++/toml.h>",), "node/festival_file.cc", "node/main.cc"),
    "CLI11": (("<CLI/CLI.hpp>",), "node/cli/cli.cc", "node/http/front.cc"),
    "JSON": (("<nlohmann/json.hpp>",), "node/status.cc", "node/status.h"),
    "SQLite": (("<sqlite3.h>",), "node/books/sqlite.cc", "node/books/tables.cc"),
    "Boost": (
        ("<boost/beast.hpp>", "<boost/beast/core.hpp>", "<boost/asio/ip/tcp.hpp>"),
        "node/http/front.cc",
        "node/main.cc",
    ),
    "Catch2": (("<catch2/catch_all.hpp>",), "test/ledger/money_test.cc", "bench/append.cc"),
    "socket": (
        (
            *("<sys/socket.h>", "<netinet/in.h>", "<arpa/inet.h>", "<netdb.h>"),
            *("<poll.h>", "<sys/poll.h>", "<sys/epoll.h>"),
        ),
        "node/demo/relay.cc",
        "node/main.cc",
    ),
}


class CheckLayers(TinyTreeTest):
    script = "check_layers.py"

    def include(self, path: str, *targets: str) -> None:
        self.write(path, "".join(f"#include {target}\n" for target in targets))

    def test_a_clean_tree_passes(self):
        self.include("schemas/event.h", "<string>")
        self.include("ledger/core/money.h", "<cstdint>")
        self.include("ledger/core/money.cc", '"ledger/core/money.h"', '"schemas/event.pb.h"')
        self.include("ledger/store/store.h", '"ledger/core/money.h"')
        self.include("ledger/purse/purse.h", '"ledger/store/store.h"')
        self.include("ledger/state/state.h", '"ledger/purse/purse.h"')
        self.include("ledger/ledger.h", '"ledger/state/state.h"')
        self.include("replication/session.h", '"ledger/ledger.h"')
        self.include("node/main.cc", '"replication/session.h"', '"schemas/event.h"')
        self.include("bench/append.cc", '"node/node.h"', '"test/support.h"')
        self.include("test/node_test.cc", '"node/node.h"', '"ledger/core/money.h"')
        self.assert_clean()
        self.assert_ends(0, r"^layers: 11 files, 15 includes, ok$")

    def test_a_broken_rule_fails_the_command_with_place_and_sentence(self):
        self.include("ledger/ledger.h", "<string>", '"node/node.h"')
        self.assert_ends(1, r"^ledger/ledger\.h:2: ledger/ may not include node/")

    def test_an_empty_tree_does_not_pass(self):
        self.assert_ends(1, "nothing to check")

    def test_a_folder_may_not_include_a_later_one(self):
        order = check_layers.PRODUCT_ORDER
        for mine, later in ((a, b) for i, a in enumerate(order) for b in order[i + 1 :]):
            with self.subTest(mine=mine, later=later):
                self.include(f"{mine}/a.cc", f'"{later}/b.h"')
                self.assert_only(f"{mine}/a.cc:1", "comes after it")
                self.remove(f"{mine}/a.cc")

    def test_product_code_may_not_include_bench_or_test(self):
        for outside in check_layers.OUTSIDE_PRODUCT:
            with self.subTest(outside=outside):
                self.include("node/a.cc", f'"{outside}/b.h"')
                self.assert_only("node/a.cc:1", "is product code")

    def test_a_part_of_the_ledger_may_not_include_a_later_part(self):
        order = check_layers.LEDGER_ORDER
        for mine, later in ((a, b) for i, a in enumerate(order) for b in order[i + 1 :]):
            with self.subTest(mine=mine, later=later or "ledger itself"):
                target = f"ledger/{later}/b.h".replace("//", "/")
                self.include(f"ledger/{mine}/a.cc", f'"{target}"')
                self.assert_only(f"ledger/{mine}/a.cc:1", "comes after it")
                self.remove(f"ledger/{mine}/a.cc")

    def test_a_part_of_the_ledger_without_a_place_in_the_order_is_told(self):
        self.include("ledger/odds/a.cc", '"ledger/core/b.h"')
        self.assert_only("ledger/odds/a.cc:1", "has no place in LEDGER_ORDER")

    def test_every_heavy_header_is_kept_to_its_files(self):
        for name, (headers, right, wrong) in HEAVY_SAMPLES.items():
            for header in headers:
                with self.subTest(name=name, header=header):
                    self.include(right, header)
                    self.assert_clean()
                    self.include(wrong, header)
                    self.assert_only(f"{wrong}:1", f"is a {name} header")
                    self.remove(right)
                    self.remove(wrong)

    def test_every_pattern_of_a_heavy_header_has_a_sample(self):
        self.assertEqual(HEAVY_SAMPLES.keys(), check_layers.HEAVY.keys())
        for name, heavy in check_layers.HEAVY.items():
            samples = [header.strip('<>"') for header in HEAVY_SAMPLES[name][0]]
            for pattern in heavy.headers:
                with self.subTest(name=name, pattern=pattern):
                    self.assertTrue(any(check_layers.matches(s, (pattern,)) for s in samples))

    def test_the_store_engine_is_open_to_the_simulator_its_tests_and_benches(self):
        allowed = ("test/support/crash_disk.cc", "test/ledger/store/disk_test.cc", "bench/disk.cc")
        for path in allowed:
            self.include(path, "<rocksdb/env.h>")
        self.assert_clean()

    def test_a_generated_header_is_named_by_its_folder(self):
        self.include("ledger/core/event.cc", '"event.pb.h"')
        self.assert_only("ledger/core/event.cc:1", 'included as "schemas/event.pb.h"')

    def test_a_quoted_include_is_a_path_from_the_root(self):
        for target in ("money.h", "../core/money.h", "schemas/../node/node.h"):
            with self.subTest(target=target):
                self.include("ledger/core/a.cc", f'"{target}"')
                self.assert_only("ledger/core/a.cc:1", "not a path from the root")

    def test_a_file_of_ours_is_included_in_quotes(self):
        self.include("node/a.cc", "<ledger/ledger.h>")
        self.assert_only("node/a.cc:1", "included in quotes")

    def test_angle_brackets_do_not_hide_a_wrong_direction(self):
        self.include("ledger/a.cc", "<node/node.h>")
        self.assertIn("ledger/ may not include node/", "\n".join(self.told()))

    def test_an_include_by_macro_is_told(self):
        self.include("ledger/a.cc", "WHATEVER_HEADER")
        self.assert_only("ledger/a.cc:1", "cannot be checked")

    def test_two_headers_that_include_each_other_are_a_cycle(self):
        self.include("ledger/core/a.h", '"ledger/core/b.h"')
        self.include("ledger/core/b.h", "<string>", '"ledger/core/a.h"')
        self.assert_only("ledger/core/b.h:2", "ledger/core/a -> ledger/core/b -> ledger/core/a")

    def test_header_and_source_count_as_one_in_a_cycle(self):
        self.include("node/a.cc", '"node/a.h"', '"node/b.h"')
        self.include("node/b.cc", '"node/b.h"', '"node/c.h"')
        self.include("node/c.h", '"node/a.h"')
        self.assert_only("node/c.h:1", "node/a -> node/b -> node/c -> node/a")

    def test_every_cycle_is_told(self):
        for folder in ("node", "test"):
            self.include(f"{folder}/a.h", f'"{folder}/b.h"')
            self.include(f"{folder}/b.h", f'"{folder}/a.h"')
        self.assertEqual(len(self.told()), 2)

    def test_includes_in_comments_do_not_count(self):
        self.write("ledger/a.cc", '// #include "node/a.h"\n/*\n#include "node/b.h"\n*/\n')
        self.assert_clean()

    def test_a_comment_mark_in_a_literal_hides_no_include(self):
        self.write("ledger/a.cc", 'auto a = "/*";\nint b = 1\'000;\n# include "node/a.h"  // \'\n')
        self.assert_only("ledger/a.cc:3", "ledger/ may not include node/")

    def test_built_and_bundled_folders_are_not_looked_at(self):
        for folder in ("node/build", "node/node_modules/x", "node/web/dist"):
            self.include(f"{folder}/a.h", '"test/b.h"')
        self.assertEqual(check_layers.check(self.root).files, 0)


if __name__ == "__main__":
    unittest.main()
