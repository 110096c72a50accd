// SPDX-License-Identifier: Apache-2.0

// The half of the oracle that asks golang.org/x/mod/sumdb/tlog; ../proofs.cc asks our own code and
// says what the lines look like.
//
//	tlog prove ALL MOST SEED   writes claims proved by tlog
//	tlog judge                 reads judged claims, asks tlog about each; prints how many were
//	                           accepted as made, how many altered ones refused and how many
//	                           altered ones rightly accepted
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"math/rand"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

type claim struct {
	kind        string
	at, size    int64
	first, root tlog.Hash
	path        []tlog.Hash
}

// The events of the log, the same as in proofs.cc.
func event(index int64) []byte {
	return []byte(fmt.Sprintf("event %d%s", index, strings.Repeat(".", int(index%150))))
}

// A log keeps in memory the hashes that tlog wants stored.
type log struct {
	size   int64
	hashes []tlog.Hash
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, index := range indexes {
		out = append(out, l.hashes[index])
	}
	return out, nil
}

func (l *log) grow(size int64) error {
	for ; l.size < size; l.size++ {
		hashes, err := tlog.StoredHashes(l.size, event(l.size), l)
		if err != nil {
			return err
		}
		l.hashes = append(l.hashes, hashes...)
	}
	return nil
}

func (l *log) root(size int64) (tlog.Hash, error) {
	// RFC 6962 gives the empty tree the hash of nothing, as we do; tlog, which has no use for such
	// a root, gives it zeros.
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	if err := l.grow(size); err != nil {
		return tlog.Hash{}, err
	}
	return tlog.TreeHash(size, l)
}

// A tall log is too long to be written anywhere. Its leaf i is one of two, by whether i has an odd
// number of ones, and so is every complete subtree of one height: any hash is a look-up, and no
// two siblings are equal.
type tall [64][2]tlog.Hash

func newTall() *tall {
	t := &tall{{tlog.RecordHash(event(0)), tlog.RecordHash(event(1))}}
	for i := 1; i < len(t); i++ {
		even, odd := t[i-1][0], t[i-1][1]
		t[i] = [2]tlog.Hash{tlog.NodeHash(even, odd), tlog.NodeHash(odd, even)}
	}
	return t
}

func (t *tall) hash(level int, n int64) tlog.Hash {
	return t[level][bits.OnesCount64(uint64(n))%2]
}

func (t *tall) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, index := range indexes {
		out = append(out, t.hash(tlog.SplitStoredHashIndex(index)))
	}
	return out, nil
}

// A prover writes claims about the first `size` events of a log; the first error ends it.
type prover struct {
	out    *bufio.Writer
	reader tlog.HashReader
	err    error
}

func (p *prover) must(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *prover) root(size int64) tlog.Hash {
	hash, err := tlog.TreeHash(size, p.reader)
	p.must(err)
	return hash
}

func (p *prover) leaf(index int64) tlog.Hash {
	hashes, err := p.reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	p.must(err)
	return hashes[0]
}

func (p *prover) write(c claim) {
	fmt.Fprintf(p.out, "%s %d %d %x %x", c.kind, c.at, c.size, c.first[:], c.root[:])
	for _, hash := range c.path {
		fmt.Fprintf(p.out, " %x", hash[:])
	}
	fmt.Fprintln(p.out)
}

func (p *prover) inclusion(index, size int64) {
	path, err := tlog.ProveRecord(size, index, p.reader)
	p.must(err)
	p.write(claim{"inclusion", index, size, p.leaf(index), p.root(size), path})
}

func (p *prover) consistency(old, size int64) {
	path, err := tlog.ProveTree(size, old, p.reader)
	p.must(err)
	p.write(claim{"consistency", old, size, p.root(old), p.root(size), path})
}

func (p *prover) all(size int64) {
	for at := int64(0); at < size; at++ {
		p.inclusion(at, size)
		p.consistency(at+1, size)
	}
}

func (p *prover) some(size int64, random *rand.Rand) {
	half := int64(1) << (bits.Len64(uint64(size-1)) - 1)
	p.inclusion(0, size)
	for _, at := range append(draw(random, 1, size, 7), 1, half-1, half, size-2, size-1) {
		p.inclusion(at, size)
		p.consistency(at, size)
	}
	p.consistency(size, size)
}

// draw gives `count` different numbers from low up to, without, high.
func draw(random *rand.Rand, low, high int64, count int) []int64 {
	drawn := map[int64]bool{}
	var out []int64
	for len(out) < count {
		if n := low + random.Int63n(high-low); !drawn[n] {
			drawn[n] = true
			out = append(out, n)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// prove writes what there is to prove up to `all` events; beyond, up to `most`, a sample; then
// some of trees far larger than that.
func prove(all, most, seed int64, out io.Writer) error {
	random := rand.New(rand.NewSource(seed))
	kept := &log{}
	if err := kept.grow(most); err != nil {
		return err
	}
	p := &prover{out: bufio.NewWriterSize(out, 1<<16), reader: kept}
	for size := int64(1); size <= all; size++ {
		p.write(claim{kind: "root", size: size, first: p.root(size), root: p.root(size)})
		p.all(size)
	}
	for _, size := range append(draw(random, all+1, most, 60), most) {
		p.write(claim{kind: "root", size: size, first: p.root(size), root: p.root(size)})
		p.some(size, random)
	}
	p.reader = newTall()
	// Below 2^61, for sizes are doubled later and tlog never ends above 2^62.
	for _, height := range []int{16, 31, 32, 33, 48, 60} {
		power := int64(1) << height
		for _, size := range []int64{power - 1, power, power + 1, power + random.Int63n(power)} {
			p.some(size, random)
		}
	}
	p.must(p.out.Flush())
	return p.err
}

func readHashes(words [][]byte) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(words))
	for i, word := range words {
		if len(word) != 2*tlog.HashSize {
			return nil, fmt.Errorf("this is no hash: %s", word)
		}
		if _, err := hex.Decode(out[i][:], word); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readClaim(words [][]byte) (c claim, err error) {
	if len(words) < 5 {
		return c, fmt.Errorf("this is no claim: %s", bytes.Join(words, []byte(" ")))
	}
	c.kind = string(words[0])
	if c.at, err = strconv.ParseInt(string(words[1]), 10, 64); err != nil {
		return c, err
	}
	if c.size, err = strconv.ParseInt(string(words[2]), 10, 64); err != nil {
		return c, err
	}
	hashes, err := readHashes(words[3:])
	if err != nil {
		return c, err
	}
	c.first, c.root, c.path = hashes[0], hashes[1], hashes[2:]
	return c, nil
}

// accepted says whether tlog accepts a claim.
func (l *log) accepted(c claim) (bool, error) {
	switch c.kind {
	case "root":
		root, err := l.root(c.size)
		return root == c.first && root == c.root, err
	case "inclusion":
		return tlog.CheckRecord(c.path, c.size, c.root, c.at, c.first) == nil, nil
	case "consistency":
		return tlog.CheckTree(c.path, c.size, c.root, c.at, c.first) == nil, nil
	}
	return false, fmt.Errorf("this is no kind of claim: %s", c.kind)
}

func verdict(accepted bool) string {
	if accepted {
		return "accept"
	}
	return "refuse"
}

// A tally counts the claims of one kind, by what was done to them and what became of them.
type tally struct {
	accepted, refused, alteredAccepted int
}

func (t *tally) add(change, want string) {
	switch {
	case want == "refuse":
		t.refused++
	case change == "none":
		t.accepted++
	default:
		t.alteredAccepted++
	}
}

// hear asks tlog about one judged claim; a disagreement is the error.
func (l *log) hear(line []byte, tallies map[string]*tally) error {
	words := bytes.Fields(line)
	if len(words) < 3 {
		return fmt.Errorf("this is no judged claim: %s", line)
	}
	want, ours, change := string(words[0]), string(words[1]), string(words[2])
	c, err := readClaim(words[3:])
	if err != nil {
		return err
	}
	accepted, err := l.accepted(c)
	if err != nil {
		return err
	}
	if ours != want || verdict(accepted) != want {
		return fmt.Errorf("the first case that disagrees is %s %d of %d, change %s: wanted %s, "+
			"our code says %s, tlog says %s; the claim is: %s",
			c.kind, c.at, c.size, change, want, ours, verdict(accepted), line)
	}
	if tallies[c.kind] == nil {
		tallies[c.kind] = &tally{}
	}
	tallies[c.kind].add(change, want)
	return nil
}

func judge(in io.Reader) (map[string]*tally, error) {
	tallies, checked := map[string]*tally{}, &log{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := checked.hear(lines.Bytes(), tallies); err != nil {
			return nil, err
		}
	}
	return tallies, lines.Err()
}

// report prints the sums; a kind of which nothing was accepted or nothing refused was not tested.
func report(tallies map[string]*tally) error {
	var sum tally
	for _, kind := range []string{"root", "inclusion", "consistency"} {
		t := tallies[kind]
		if t == nil || t.accepted == 0 || t.refused == 0 {
			return fmt.Errorf("no claim of the kind %s was accepted, or none was refused", kind)
		}
		sum.accepted += t.accepted
		sum.refused += t.refused
		sum.alteredAccepted += t.alteredAccepted
	}
	fmt.Println(sum.accepted, sum.refused, sum.alteredAccepted)
	return nil
}

// numbers reads ALL, MOST and SEED.
func numbers(words []string) (out [3]int64, err error) {
	for i, word := range words {
		if out[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return out, err
		}
	}
	return out, nil
}

func run(words []string) error {
	switch {
	case len(words) == 4 && words[0] == "prove":
		n, err := numbers(words[1:])
		if err != nil {
			return err
		}
		return prove(n[0], n[1], n[2], os.Stdout)
	case len(words) == 1 && words[0] == "judge":
		tallies, err := judge(os.Stdin)
		if err != nil {
			return err
		}
		return report(tallies)
	}
	return fmt.Errorf("usage: tlog prove ALL MOST SEED | judge")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
