"""The network and its names: TLS that must not be trusted, names that do not resolve (fault
matrix 24, 25)."""
import http.server
import os
import pathlib
import ssl
import struct
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
from fleet import Fleet, has_fault_points, program, until  # noqa: E402



SHIM = pathlib.Path(os.environ["TTSQ_BIN"]) / "tests" / "shim.so"


def certificate(folder, name, begun_s):
    """A self-signed one of a day, by a clock that is so far off, with its key, in one file."""
    path = folder / f"{name}.pem"
    (folder / "clocks").write_bytes(struct.pack("qq", begun_s, 0))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "1",
                    "-keyout", folder / "key.pem", "-out", folder / "crt.pem"], check=True, capture_output=True,
                   env={**os.environ, "LD_PRELOAD": str(SHIM), "SHIM_CLOCKS": str(folder / "clocks")})
    path.write_bytes((folder / "key.pem").read_bytes() + (folder / "crt.pem").read_bytes())
    return path


class Secure:
    """A TLS server that writes down every byte that came through its TLS."""

    def __init__(self, pem, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        self.context.maximum_version = newest
        self.context.load_cert_chain(pem)
        self.arrived = []

    def __enter__(self):
        secure = self

        class Call(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                secure.arrived.append(dict(self.headers))
                self.send_error(500)

            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self):
                sock, address = super().get_request()
                return secure.context.wrap_socket(sock, server_side=True), address

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Call)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"https://localhost:{self.server.server_port}/v1"


BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
EXPIRED_S = -10 * 86400


def trusting(tmp_path, pem):
    """A program for the children that sees this certificate in the place of those the machine trusts."""
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f"""#!/bin/sh
exec unshare -m sh -c 'mount --bind "{pem}" {BUNDLE} && exec "{program()}" "$@"' sh "$@"
""")
    wrapper.chmod(0o755)
    return str(wrapper)


def told(fleet, batch):
    """What a person reads after the first attempt; the outcomes so far."""
    until("an attempt that is over", lambda: fleet.value("SELECT count(*) FROM attempt WHERE outcome <> 'sending'"))
    return [job["why"] for job in fleet.list(batch)][0] or "", fleet.outcomes()


@pytest.mark.skipif(os.geteuid() != 0 or not has_fault_points(),
                    reason="needs root, to trust a certificate, and a build that starts other children")
@pytest.mark.parametrize("case, said", [("trusted", ""), ("self-signed", "self-signed"), ("wrong-host", "no alternative certificate subject name"),
                                        ("expired", "expired"), ("old-protocol", "")],
                         ids=["trusted", "self-signed", "wrong-host", "expired", "old-protocol"])
def test_tls(tmp_path, case, said):
    """What is not to be trusted gets neither text nor key, costs nothing, and the reason is said."""
    pem = certificate(tmp_path, "elsewhere.example" if case == "wrong-host" else "localhost",
                      EXPIRED_S if case == "expired" else 0)
    newest = ssl.TLSVersion.TLSv1_1 if case == "old-protocol" else ssl.TLSVersion.MAXIMUM_SUPPORTED
    with Secure(pem, newest) as server, \
            Fleet(tmp_path, workers=1, profile={"base_url": server.url, "retry.base_ms": 60000,
                                                "retry.cap_ms": 60000}) as fleet:
        fleet.start(TTSQ_WORKER_EXE=program() if case == "self-signed" else trusting(tmp_path, pem))
        fleet.enqueue("b", fleet.texts(1))
        why, outcomes = told(fleet, "b")
        print(why)
        if case == "trusted":  # the others could see it, too
            assert len(server.arrived) == 1 and outcomes["failed"] == 1, (why, outcomes)
        else:
            assert outcomes["refused"] == 1 and outcomes.total() == 1, outcomes
            assert not server.arrived
            assert said in why and ("certificate" in why or "TLS" in why), why
        fleet.stop()


def test_a_name_that_does_not_resolve(tmp_path):
    """Other accounts' calls are not held up, and nothing counts as sent."""
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=5) as fleet:
        config = (tmp_path / "ttsq.ini").read_text()
        fleet.write_config(config + "[account:other]\nconcurrency = 2\n[profile:lost]\ninherit = openai-compat\n"
                           "account = other\nbase_url = https://no-such-host.invalid/v1\nmodel = tts-1\nvoice = alloy\n"
                           "format = wav\nretry.base_ms = 60000\nretry.cap_ms = 60000\n")
        fleet.environment["OPENAI_API_KEY"] = "none"
        fleet.start()
        (tmp_path / "lost.txt").write_text("lost 1\nlost 2\n")
        fleet.run("enqueue", tmp_path / "lost.txt", "--split", "line", "--batch", "lost", "--profile", "lost")
        fleet.enqueue("b", fleet.texts(100))
        fleet.wait("b")
        until("a name that was looked up", lambda: fleet.value(
            "SELECT count(*) FROM attempt WHERE outcome = 'refused'"))
        why = next(job["why"] for job in fleet.list("lost") if job["why"])  # the other may come later
        print(why)
        assert "resolve" in why or "no-such-host" in why, why
        outcomes = fleet.outcomes()
        assert outcomes["answered"] == 100 and outcomes["uncertain"] == 0, outcomes
        fleet.stop()
