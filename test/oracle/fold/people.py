# SPDX-License-Identifier: Apache-2.0
"""Who belongs, and from which index of a log its events do not count any more."""

import re
from typing import NamedTuple

import wire
from logs import LogName, head_verifies, root_by_path, sha256, u64, verify

ROLE = wire.ENUMS["Role"]
ALIAS = re.compile(r"[a-z0-9-]{1,32}\Z")
NEVER = 1 << 64  # a cut that no index reaches

ONE_SUPERVISOR = {ROLE[n] for n in ("VENDOR", "STAND_LEAD", "STORE", "COURIER", "AUDITOR")}
TWO_SUPERVISORS = {ROLE[n] for n in ("TOP_UP_DESK", "REFUND_OFFICER")}


class Certificate(NamedTuple):
    hash: bytes
    festival: int
    key: bytes
    role: int
    alias: str
    person: str
    stand: str
    zone: str
    number: int
    credit_limit: int
    signers: frozenset  # keys whose signatures verify


class Standing(NamedTuple):
    cut: int
    cause: str


class Place(NamedTuple):
    log: bytes
    index: int


def parse_certificate(data):
    """A certificate from the bytes of a SignedCertificate; None where anything of it is wrong."""
    try:
        outer = wire.decode("SignedCertificate", data)
        body = wire.decode("Certificate", outer.certificate)
    except wire.WireError:
        return None
    good = (
        len(body.key) == 32
        and ALIAS.match(body.alias)
        and body.role in ROLE.values()
        and body.role != 0
        and body.number <= 0xFFFF
        and all(len(t.encode()) <= 32 for t in (body.person, body.stand, body.zone))
        and body.credit_limit_minor < 1 << 63
        and len(outer.signature) <= 8
        and all(
            verify(s.key, b"verbena-certificate-v1", outer.certificate, s.signature)
            for s in outer.signature
        )
    )
    if not good:
        return None
    return Certificate(
        sha256(outer.certificate), body.festival, body.key, body.role, body.alias, body.person,
        body.stand, body.zone, body.number, body.credit_limit_minor,
        frozenset(s.key for s in outer.signature)
    )


class People:
    """Noted first, by note_...(); then evaluated once, by evaluate()."""

    def __init__(self, root):
        self.root = root
        self.known = {root.hash: root}  # by certificate hash, whether or not it counts
        self.published = {}  # certificate hash -> places
        self.revocations = []  # (author, place, key, {log: cut})
        self.proofs = []
        self.seen = {}  # log -> [(index, control log, size)]
        self.forks = {}  # log -> lowest index proven or held
        self.names = {}  # log -> its name

    def note_certificate(self, certificate, place):
        if certificate.festival != self.root.festival:
            return
        known = self.known.setdefault(certificate.hash, certificate)
        if certificate.hash != self.root.hash:
            signers = known.signers | certificate.signers
            self.known[certificate.hash] = known._replace(signers=signers)
        self.published.setdefault(certificate.hash, set()).add(place)

    def note_revocation(self, payload, author, place):
        if len(payload.key) != 32:
            return
        cuts = {p.log: p.size for p in payload.cut if len(p.log) == 32}
        self.revocations.append((author, place, payload.key, cuts))

    def note_seen(self, log, index, payload):
        for position in payload.known:
            self.seen.setdefault(log, []).append((index, position.log, position.size))

    def note_fork(self, name, index):
        self.names[name.id()] = name
        self.forks[name.id()] = min(index, self.forks.get(name.id(), NEVER))

    def evaluate(self):
        for proof in self.proofs:
            self.judge_proof(proof)
        # Stratum 1: what the root signed.
        self.certified = {
            c.hash for c in self.known.values() if self.root.key in c.signers or c == self.root
        }
        self.supervisors = {}
        for hash_ in sorted(self.certified, reverse=True):
            if self.known[hash_].role == ROLE["SUPERVISOR"]:
                self.supervisors[self.known[hash_].key] = self.known[hash_].person
        # Stratum 2: forks.
        self.forked = {self.known[self.names[log].certificate].key for log in self.forks}
        # Stratum 3: revocations.
        self.revoked = {r[2] for r in self.revocations if self.is_revoked(r[2])}
        # Stratum 4: certificates signed on the field.
        self.certified |= {
            hash_
            for hash_, places in self.published.items()
            if self.has_signers(self.known[hash_]) and any(map(self.may_publish, places))
        }

    def judge_proof(self, proof):
        certificate = self.known.get(proof.certificate)
        if certificate is None or proof.first.leaf == proof.second.leaf:
            return
        name = LogName(proof.certificate, proof.incarnation, proof.log_class & 3)
        for leaf in (proof.first, proof.second):
            root = root_by_path(leaf.leaf, proof.index, leaf.size, leaf.path)
            lengths = {len(leaf.leaf), len(leaf.root), *map(len, leaf.path)}
            if root != leaf.root or lengths != {32} or not head_verifies(
                certificate.key, name.id(), leaf.size, leaf.root, leaf.hlc, leaf.signature
            ):
                return
        self.note_fork(name, proof.index)

    def may_revoke(self, author):
        return author == self.root or (
            author.role == ROLE["SUPERVISOR"] and author.hash in self.certified
        )

    def is_revoked(self, key):
        persons = set()
        for author, _, revoked, _ in self.revocations:
            if revoked != key or not self.may_revoke(author):
                continue
            if author == self.root:
                return True
            if author.key != key and author.key not in self.forked:
                persons.add(author.person)
        return len(persons) >= (2 if key in self.supervisors else 1)

    def has_signers(self, certificate):
        persons = {self.supervisors[k] for k in certificate.signers if k in self.supervisors}
        if certificate.role in ONE_SUPERVISOR:
            return len(persons) >= 1
        return certificate.role in TWO_SUPERVISORS and len(persons) >= 2

    def may_publish(self, place):
        publisher = self.known.get(self.names[place.log].certificate)
        return place.index < min(
            self.forks.get(place.log, NEVER), self.revocation_cut(publisher.key, place.log)
        )

    def revocation_cut(self, key, log):
        if key not in self.revoked:
            return NEVER
        return min(
            cuts.get(log, 0)
            for author, _, revoked, cuts in self.revocations
            if revoked == key and self.may_revoke(author)
        )

    def standing(self, log):
        certificate = self.known[self.names[log].certificate]
        if certificate.hash not in self.certified:
            return Standing(0, "uncertified")
        cut, cause = self.revocation_cut(certificate.key, log), "revoked"
        if certificate.key in self.revoked:
            for index, control, size in self.seen.get(log, []):
                if self.revocation_in(certificate.key, control, size):
                    cut = min(cut, index + 1)
        fork = self.forks.get(log, NEVER)
        return Standing(fork, "fork") if fork < cut else Standing(cut, cause)

    def revocation_in(self, key, control, size):
        return any(
            revoked == key and place.log == control and place.index < size
            and self.may_revoke(author)
            for author, place, revoked, _ in self.revocations
        )

    def approvers(self):
        """Persons by the keys of supervisors that may approve."""
        return {key: person for key, person in self.supervisors.items()
                if key not in self.revoked | self.forked}

    def counts(self, place):
        return place.index < self.standing(place.log).cut


def approval_verifies(approval, festival, rest):
    message = u64(festival) + rest
    return verify(approval.key, b"verbena-approval-v1", message, approval.signature)
