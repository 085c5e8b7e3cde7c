# A component in another language, from docs/generated/bus.md alone: says hello, watches, fetches what it missed, sends a
# letter. Prints what it was told as a line of JSON.
#
#   python3 client.py ADDRESS KEY_FILE REQUESTS LEAST
#
# ADDRESS is tcp://HOST:PORT, KEY_FILE as metalrig keys add wrote it, REQUESTS lines of {"topic": ..., "payload": ...};
# it ends when all are acknowledged and it has every entry, at least LEAST of them.
import json
import re
import sys
import uuid

import zmq
import zmq.auth

address, key_file, requests = sys.argv[1:4]
host, port = re.fullmatch(r"tcp://(.*):(\d+)", address).groups()
public, secret = zmq.auth.load_certificate(key_file)
rack = re.search(r'rack = "(.*)"', open(key_file).read())[1].encode()
letters = open(requests).read().splitlines()
context = zmq.Context()


def connect(kind, offset):
    socket = context.socket(kind)
    socket.linger = 0
    socket.curve_publickey, socket.curve_secretkey, socket.curve_serverkey = public, secret, rack
    socket.connect(f"tcp://{host}:{int(port) + offset}")
    return socket


engine = connect(zmq.DEALER, 1)
events = connect(zmq.SUB, 3)
events.subscribe(b"")
poller = zmq.Poller()
poller.register(engine, zmq.POLLIN)
poller.register(events, zmq.POLLIN)


def say(frame, lines=None):
    parts = [json.dumps(frame)] + ([] if lines is None else ["\n".join(lines)])
    engine.send_multipart([part.encode() for part in parts])


def heard(seconds):
    """Frames with their lines, from either socket."""
    for socket, _ in poller.poll(seconds * 1000):
        head, *body = socket.recv_multipart()
        yield json.loads(head), body[0].decode().split("\n") if body and body[0] else [], socket


stream = f"python-{uuid.uuid4()}"
seen, acked, refused, published, fetched = {}, 0, [], 0, 0
say({"kind": "hello", "version": 1, "component": "python"})
say({"kind": "letters", "stream": stream, "first": 1, "heard": 0}, letters)
wanted, last = 1, 0
while acked < len(letters) or len(seen) < last or last < int(sys.argv[4]):
    answers = list(heard(0.5))
    if not answers and acked < len(letters):
        say({"kind": "letters", "stream": stream, "first": acked + 1, "heard": acked}, letters[acked:])
    for frame, lines, socket in answers:
        last = max(last, frame.get("last", 0))
        if frame["kind"] == "entries":
            for index, line in enumerate(lines):
                seen[frame["first"] + index] = json.loads(line)
            published, fetched = published + (socket is events), fetched + (socket is engine)
        if frame["kind"] == "ack":
            acked, refused = max(acked, frame["upTo"]), frame["refused"] or refused
    while wanted in seen:
        wanted += 1
    if wanted <= last:
        say({"kind": "fetch", "from": wanted, "to": last})
numbers = [entry["seq"] for _, entry in sorted(seen.items())]
print(json.dumps({"numbers": numbers, "acked": acked, "refused": refused, "published": published, "fetched": fetched}))
