# SPDX-License-Identifier: Apache-2.0
"""Asks a node's health and reflection services, with a client that is not ours.

usage: grpc_doors.py ADDRESS HOME
"""

import subprocess
import sys
from pathlib import Path

import grpc

SERVING = b"\x08\x01"  # grpc.health.v1.HealthCheckResponse{status: SERVING}
LIST_SERVICES = b"\x3a\x00"  # ServerReflectionRequest{list_services: ""}


def server_name(home: Path) -> str:
    """The name every device of the festival serves TLS under, as its certificate tells it."""
    text = subprocess.run(
        ["openssl", "x509", "-in", home / "tls.crt", "-noout", "-ext", "subjectAltName"],
        check=True, capture_output=True, text=True,
    ).stdout
    return text.split("DNS:")[1].split(",")[0].strip()


def main() -> int:
    address, home = sys.argv[1], Path(sys.argv[2])
    read = lambda name: (home / name).read_bytes()  # noqa: E731
    credentials = grpc.ssl_channel_credentials(read("ca.crt"), read("tls.key"), read("tls.crt"))
    options = [("grpc.ssl_target_name_override", server_name(home))]
    with grpc.secure_channel(address, credentials, options) as channel:
        answer = channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)
        if answer != SERVING:
            print(f"the node says of its health: {answer!r}", file=sys.stderr)
            return 1
        path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
        listed = next(channel.stream_stream(path)(iter([LIST_SERVICES]), timeout=5))
        for service in (b"verbena.schemas.Terminal", b"verbena.schemas.Replication"):
            if service not in listed:
                print(f"reflection does not list {service.decode()}: {listed!r}", file=sys.stderr)
                return 1
    with grpc.insecure_channel(address) as channel:
        try:
            channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)
        except grpc.RpcError:
            return 0
    print("the node answers without TLS", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
