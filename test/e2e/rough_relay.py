# SPDX-License-Identifier: Apache-2.0
"""A TCP relay on loopback that treats its connections as a field does.

TCP hides lost and doubled packets from whoever uses it; what is left of them are links that stand
still, trickle, break in the middle of a frame, die on one side only, or come back out of order.
"""

import asyncio
import random
import socket
import struct
import threading

CHUNK = 16 << 10
TRICKLE_BYTES = 96
TRICKLE_SECONDS = 0.02
LATE_SECONDS = 3.0  # by so much, at most, one connection overtakes another


class Route:
    """A port of its own in front of a target that may move."""

    def __init__(self, relay, target):
        self.relay = relay
        self.target = target  # () -> port, or None where nobody listens
        self.port = 0
        self.calm()

    def calm(self):
        self.refuses = False
        self.stalls = set()  # ways that stand still: "up", "down"
        self.trickles = False
        self.late = False
        self.reset_after = None  # bytes that still pass

    def half_close(self, way):
        """One side hears that the other will say no more, while the other goes on talking."""
        self.relay.call(lambda: [link.half_close(way) for link in self.relay.links_of(self)])

    def reset(self):
        self.relay.call(lambda: [link.reset() for link in self.relay.links_of(self)])

    def forget(self):
        """Nothing passes any more and nobody is told: the other side has to find out."""
        self.relay.call(lambda: [link.forget() for link in self.relay.links_of(self)])


class Link:
    def __init__(self, route, client, server):
        self.route = route
        self.sides = {"up": (client[0], server[1]), "down": (server[0], client[1])}
        self.mute = set()
        self.forgotten = False

    def half_close(self, way):
        self.mute.add(way)
        writer = self.sides[way][1]
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()

    def forget(self):
        self.forgotten = True

    def reset(self):
        """RST to both, whatever is still under way."""
        for _, writer in self.sides.values():
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def pump(self, way):
        reader, writer = self.sides[way]
        while data := await reader.read(CHUNK):
            while self.forgotten or way in self.route.stalls:
                await asyncio.sleep(0.05)
            if way in self.mute:
                continue
            if self.route.reset_after is not None:
                if len(data) > self.route.reset_after:
                    writer.write(data[: self.route.reset_after])
                    self.route.reset_after = None
                    self.route.relay.counted["reset in the middle of a frame"] += 1
                    return self.reset()
                self.route.reset_after -= len(data)
            if not self.route.trickles:
                writer.write(data)
                await writer.drain()
                continue
            for at in range(0, len(data), TRICKLE_BYTES):
                if way in self.mute:
                    break
                writer.write(data[at : at + TRICKLE_BYTES])
                await writer.drain()
                if self.route.trickles:
                    await asyncio.sleep(TRICKLE_SECONDS)
        if way not in self.mute and writer.can_write_eof():
            writer.write_eof()

    async def run(self):
        try:
            await asyncio.gather(self.pump("up"), self.pump("down"))
        except OSError:
            pass
        finally:
            for _, writer in self.sides.values():
                writer.transport.abort()


class Relay:
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.links = set()
        self.counted = {"reset in the middle of a frame": 0, "overtaken": 0}
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def call(self, what):
        self.loop.call_soon_threadsafe(what)

    def links_of(self, route):
        return [link for link in self.links if link.route is route]

    def route(self, target):
        """A new route; `target` gives the port to pass on to, None: nobody is there."""
        out = Route(self, target)
        listening = asyncio.start_server(
            lambda *client: self.accept(out, client), "127.0.0.1", 0
        )
        server = asyncio.run_coroutine_threadsafe(listening, self.loop).result()
        out.port = server.sockets[0].getsockname()[1]
        return out

    async def accept(self, route, client):
        if route.late:  # whoever dialled later may be through first
            self.counted["overtaken"] += 1
            await asyncio.sleep(random.uniform(0, LATE_SECONDS))
        port = route.target()
        if route.refuses or port is None:
            return client[1].transport.abort()
        try:
            server = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return client[1].transport.abort()
        link = Link(route, client, server)
        self.links.add(link)
        await link.run()
        self.links.discard(link)
        return None
