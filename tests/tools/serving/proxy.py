"""A network that is not to be relied on: a proxy on loopback that delays, cuts, corrupts and floods."""

import contextlib
import random
import socket
import threading
import time

FAULTS = ("delay", "cut", "corrupt", "flood", "swallow")
FLOOD = 1 << 20  # bytes that nobody asked for


class Proxy:
    """Passes bytes on between clients and a server, and does damage to some of the answers and requests.

    Args:
        port: of the server.
        share: of the pieces passed on that a fault befalls, 0 to 1.
        faults: those that may.
        seed: of which, and when.
        delay_s: the longest delay.
    """

    def __init__(self, port, share=0.0, faults=FAULTS, seed=0, delay_s=0.5):
        self.port, self.share, self.faults, self.delay_s = port, share, faults, delay_s
        self.random, self.done = random.Random(seed), dict.fromkeys(FAULTS, 0)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.open, self.lock = set(), threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.join, args=(client,), daemon=True).start()

    def join(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            client.close()
            return
        with self.lock:
            self.open |= {client, server}
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=self.pump, args=(one, other), daemon=True).start()

    def pump(self, source, target):
        """Passes on what comes; a fault may end both connections, so that no later answer is shifted by it."""
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                fault = self.fault()
                if fault == "swallow":
                    continue  # and whoever waits for it waits
                if fault == "delay":
                    time.sleep(self.random.uniform(0, self.delay_s))
                if fault == "corrupt":
                    place = self.random.randrange(len(piece))
                    changed = piece[place] ^ (1 << self.random.randrange(8))
                    piece = piece[:place] + bytes([changed]) + piece[place + 1 :]
                if fault == "cut":
                    target.sendall(piece[: self.random.randrange(len(piece))])
                    break
                if fault == "flood":
                    target.sendall(piece[: len(piece) // 2] + self.random.randbytes(FLOOD))
                    break
                target.sendall(piece)
        self.close(source, target)

    def fault(self):
        with self.lock:
            if self.random.random() >= self.share:
                return None
            fault = self.random.choice(self.faults)
            self.done[fault] += 1
            return fault

    def close(self, *sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        with self.lock:
            self.open -= set(sockets)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.close(*self.open)


class Stalls:
    """How long this process was not let run: a thread that sleeps a millisecond at a time, and how late it woke."""

    def __init__(self):
        self.late, self.ended = [], threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        last = time.monotonic()
        while not self.ended.is_set():
            time.sleep(0.001)
            now = time.monotonic()
            if now - last > 0.003:
                self.late.append((last, now))
            last = now

    def within(self, begin, end):
        """Seconds of a span in which threads were late by milliseconds."""
        return sum(max(0.0, min(until, end) - max(since, begin)) for since, until in self.late)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
