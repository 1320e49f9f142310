"""A provider that does what a test scripts: real sockets, one thread a connection.

    with Script() as script:
        script.on("bad", lambda call: call.send(200, b"...", "application/json"))
        …                       # a text "bad 7" gets what "bad" does
        script.asked["bad 7"]   # how often it was asked for

The first word of a request's `input` is the script's name. What is GET under /file/NAME is scripted as
"GET NAME". Headers that came with a request are in call.headers.
"""

import base64
import collections
import http.server
import json
import math
import struct
import threading
import time

RATE_HZ = 8000


def wav(seconds=1.0, loud=True):
    """A mono WAV of 16 bit: a tone, or silence."""
    count = int(RATE_HZ * seconds)
    samples = b"".join(struct.pack("<h", int(9000 * math.sin(i * 0.3)) if loud else 0)
                       for i in range(count))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1,
                       RATE_HZ, 2 * RATE_HZ, 2, 16, b"data", len(samples))
    return head + samples


def b64(data):
    return base64.b64encode(data).decode()


class Call(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.text = json.loads(body)["input"]
        self._play(self.text.split()[0], self.text)

    def do_GET(self):
        name = "GET " + self.path.rsplit("/", 1)[1]
        self.text = name
        self._play(name, name)

    def _play(self, name, key):
        script = self.server.script
        with script.lock:
            script.asked[key] += 1
            self.time = script.asked[key]  # which repetition of this text
            script.headers[key].append(dict(self.headers))
        try:
            script.plays[name](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, status, body, content_type="application/json", headers=()):
        body = body.encode() if isinstance(body, str) else body
        self.begin(status, content_type, [("Content-Length", len(body)), *headers])
        self.wfile.write(body)

    def begin(self, status, content_type="application/json", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers:
            self.send_header(name, str(value))
        self.end_headers()

    def send_chunks(self, pieces, content_type="application/json", pause_s=0, end=True):
        """A chunked body; end=False closes the connection without its end."""
        self.begin(200, content_type, [("Transfer-Encoding", "chunked")])
        for piece in pieces:
            piece = piece.encode() if isinstance(piece, str) else piece
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
            time.sleep(pause_s)
        if end:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    @property
    def file_url(self):
        return self.server.script.url.replace("/v1", "/file")

    def log_message(self, *words):
        pass


class Script:
    def __init__(self):
        self.plays = {}
        self.asked = collections.Counter()
        self.headers = collections.defaultdict(list)
        self.lock = threading.Lock()

    def on(self, name, play):
        self.plays[name] = play

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Call)
        self.server.daemon_threads = True
        self.server.script = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"
