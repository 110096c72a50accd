// SPDX-License-Identifier: Apache-2.0

// Judges exported checkpoints with code that is not ours: golang.org/x/mod/sumdb/note for the
// signatures and golang.org/x/mod/sumdb/tlog for the tree.
//
//	note DIR        checks every seal-N.checkpoint of DIR against keys and seal-N.tips, each after
//	                the one before it; then altered copies. Prints what was accepted and refused.
//	note DIR -      the same, and then reads events from stdin: "SEAL INDEX SIZE ROOT EVENT PATH...",
//	                hexadecimal, from the leaf up; prints yes or no for each
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tip struct {
	log, root string
	size      uint64
}

func (t tip) leaf() []byte {
	log, _ := hex.DecodeString(t.log)
	root, _ := hex.DecodeString(t.root)
	return append(binary.BigEndian.AppendUint64(log, t.size), root...)
}

// The hashes of one tree, as tlog wants them stored.
type hashes []tlog.Hash

func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, index := range indexes {
		out = append(out, (*h)[index])
	}
	return out, nil
}

func treeOf(tips []tip) (*hashes, error) {
	tree := &hashes{}
	for i, t := range tips {
		more, err := tlog.StoredHashes(int64(i), t.leaf(), tree)
		if err != nil {
			return nil, err
		}
		*tree = append(*tree, more...)
	}
	return tree, nil
}

type head struct {
	origin string
	tlog.Tree
}

// What a checkpoint says, where everybody with a key signed it: so any altered signature is seen.
func (f *festival) open(text []byte) (head, error) {
	opened, err := note.Open(text, f.keys)
	if err != nil {
		return head{}, err
	}
	if len(opened.Sigs) < f.signers {
		return head{}, errors.New("too few signatures")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return head{}, errors.New("not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return head{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return head{}, errors.New("no root")
	}
	out := head{origin: lines[0], Tree: tlog.Tree{N: size}}
	copy(out.Hash[:], root)
	return out, nil
}

type seal struct {
	head
	text []byte
	tips []tip
}

type festival struct {
	keys     note.Verifiers
	signers  int
	seals    []seal
	accepted int
	refused  int
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "note: "+format+"\n", values...)
	os.Exit(1)
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func words(path string) [][]string {
	var out [][]string
	for _, line := range strings.Split(strings.TrimSpace(string(must(os.ReadFile(path)))), "\n") {
		out = append(out, strings.Fields(line))
	}
	return out
}

func read(dir string) *festival {
	out := &festival{}
	var keys []note.Verifier
	for _, line := range words(filepath.Join(dir, "keys")) {
		keys = append(keys, must(note.NewVerifier(line[0])))
	}
	out.keys, out.signers = note.VerifierList(keys...), len(keys)
	for number := 1; ; number++ {
		name := filepath.Join(dir, fmt.Sprintf("seal-%d", number))
		text, err := os.ReadFile(name + ".checkpoint")
		if errors.Is(err, os.ErrNotExist) {
			break
		}
		one := seal{text: must(text, err)}
		for _, line := range words(name + ".tips") {
			size := must(strconv.ParseUint(line[1], 10, 64))
			one.tips = append(one.tips, tip{log: line[0], root: line[2], size: size})
		}
		one.head = must(out.open(one.text))
		out.seals = append(out.seals, one)
	}
	if len(out.seals) == 0 {
		fail("there is no checkpoint in %s", dir)
	}
	return out
}

func (f *festival) want(yes bool, err error, about string) {
	if (err == nil) != yes {
		fail("%s: wanted %v, %v", about, yes, err)
	}
	if yes {
		f.accepted++
	} else {
		f.refused++
	}
}

// Every leaf is in the tree that was signed, and no other is.
func (f *festival) checkTips(one seal, tree *hashes) {
	for i, t := range one.tips {
		id := tlog.RecordHash(t.leaf())
		proof := must(tlog.ProveRecord(one.N, int64(i), tree))
		f.want(true, tlog.CheckRecord(proof, one.N, one.Hash, int64(i), id), t.log)
		t.size++
		f.want(false, tlog.CheckRecord(proof, one.N, one.Hash, int64(i),
			tlog.RecordHash(t.leaf())), "a tip with another size")
		if one.N > 1 {
			other := int64(i+1) % one.N
			f.want(false, tlog.CheckRecord(proof, one.N, one.Hash, other, id), "another place")
		}
	}
}

// What a later seal is over begins with what the earlier one is over.
func (f *festival) checkGrowth(old, one seal, tree *hashes) {
	if old.origin != one.origin {
		fail("an amendment is of another origin")
	}
	proof := must(tlog.ProveTree(one.N, old.N, tree))
	f.want(true, tlog.CheckTree(proof, one.N, one.Hash, old.N, old.Hash), "an amendment")
	wrong := old.Hash
	wrong[0] ^= 1
	f.want(false, tlog.CheckTree(proof, one.N, one.Hash, old.N, wrong), "another former tree")
}

// The last digit of a signature has two bits that mean nothing, and note does not look at them.
func meaning(text []byte) string {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		at := strings.LastIndex(line, " ") + 1
		if bytes, err := base64.StdEncoding.DecodeString(line[at:]); err == nil {
			lines[i] = line[:at] + base64.StdEncoding.EncodeToString(bytes)
		}
	}
	return strings.Join(lines, "\n")
}

func (f *festival) checkSignatures(one seal) {
	signatures := strings.Index(string(one.text), "\n\n")
	for bit := 0; bit < len(one.text)*8; bit++ {
		altered := append([]byte(nil), one.text...)
		altered[bit/8] ^= 1 << (bit % 8)
		if bit/8 > signatures && meaning(altered) == meaning(one.text) {
			continue
		}
		_, err := f.open(altered)
		f.want(false, err, fmt.Sprintf("bit %d of the note turned", bit))
	}
	lines := strings.SplitAfter(string(one.text), "\n")
	_, err := f.open([]byte(strings.Join(lines[:5], "")))
	f.want(false, err, "one signature")
	_, err = f.open([]byte(strings.Join(lines[:5], "") + lines[4]))
	f.want(false, err, "one signature twice")
}

func hashOf(text string) (out tlog.Hash) {
	bytes := must(hex.DecodeString(text))
	if len(bytes) != tlog.HashSize {
		fail("%s is no hash", text)
	}
	copy(out[:], bytes)
	return out
}

// From the event to its log's root, and from that to the seal's.
func (f *festival) proves(fields []string) bool {
	number := must(strconv.Atoi(fields[0]))
	index := must(strconv.ParseInt(fields[1], 10, 64))
	size := must(strconv.ParseUint(fields[2], 10, 64))
	var path tlog.RecordProof
	for _, node := range fields[5:] {
		path = append(path, hashOf(node))
	}
	one := f.seals[number-1]
	if tlog.CheckRecord(path, int64(size), hashOf(fields[3]), index, hashOf(fields[4])) != nil {
		return false
	}
	tree := must(treeOf(one.tips))
	for i, t := range one.tips {
		if t.root != fields[3] || t.size != size {
			continue
		}
		proof := must(tlog.ProveRecord(one.N, int64(i), tree))
		id := tlog.RecordHash(t.leaf())
		return tlog.CheckRecord(proof, one.N, one.Hash, int64(i), id) == nil
	}
	return false
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: note DIR [-]")
	}
	f := read(os.Args[1])
	for i, one := range f.seals {
		if int64(len(one.tips)) != one.N {
			fail("seal %d has %d leaves and says %d", i+1, len(one.tips), one.N)
		}
		tree := must(treeOf(one.tips))
		if must(tlog.TreeHash(one.N, tree)) != one.Hash {
			fail("seal %d is not over its tips", i+1)
		}
		f.checkTips(one, tree)
		if i > 0 {
			f.checkGrowth(f.seals[i-1], one, tree)
		}
		f.checkSignatures(one)
	}
	fmt.Println(len(f.seals), f.accepted, f.refused)
	if len(os.Args) < 3 {
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer := "no"
		if f.proves(strings.Fields(lines.Text())) {
			answer = "yes"
		}
		fmt.Println(answer)
	}
}
