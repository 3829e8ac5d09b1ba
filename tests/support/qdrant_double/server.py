"""HTTP around the operations: envelopes, the API key, faults, and the contract's judgement."""

import json
import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import ValidationError

from tests.support.qdrant_double.contract import load_contract
from tests.support.qdrant_double.faults import NOTHING, Fault, take
from tests.support.qdrant_double.grpc_side import GrpcSide
from tests.support.qdrant_double.limits import Keys, Limits, too_large
from tests.support.qdrant_double.operations import NO_VECTOR, Operations, RefusalError


class Request(NamedTuple):
    """What was asked."""

    method: str
    path: str


@dataclass
class _Answer:
    status: int
    body: Any
    fault: Fault


class QdrantDouble:
    """A server at `url` from construction until `close`; also a context manager.

    `requests` is what was asked, `faults` what will go wrong, `violations` what broke the
    contract, judged only when its file is given and there (`judged` counts the messages); of
    gRPC no contract is at hand, and the requests are judged as those that REST has for the same.
    `keys` and `limits` say what is refused, `sizes` are the bodies' bytes, over REST. `tls` are the
    files of a certificate and its key. With `grpc` the same answers are given at `grpc_port`. While
    it is `gone` no request of REST is answered.
    """

    def __init__(
        self,
        contract: Path | None = None,
        keys: Keys | None = None,
        tls: tuple[Path, Path] | None = None,
        limits: Limits | None = None,
        grpc: bool = False,
    ) -> None:
        self.keys = keys or Keys()
        self.limits = limits or Limits()
        self.sizes: list[int] = []
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.judged = 0
        self._contract = load_contract(contract) if contract and contract.exists() else None
        self._operations = Operations()
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.gone = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        self._grpc: GrpcSide | None = None
        if grpc:
            certificate, key = tls or (None, None)
            pair = (key.read_bytes(), certificate.read_bytes()) if key and certificate else None
            self._grpc = GrpcSide(self, pair)

    def collections(self) -> list[str]:
        """The names of all that there are."""
        with self._lock:
            return [found.name for found in self._operations.client.get_collections().collections]

    @property
    def grpc_port(self) -> int:
        """Where gRPC is answered; only with `grpc`."""
        assert self._grpc
        return self._grpc.port

    def __enter__(self) -> "QdrantDouble":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """From here on the ports refuse connections. May be called twice."""
        self.closing.set()
        if self._grpc:
            self._grpc.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, target: str, key: str | None, raw: bytes) -> _Answer:
        """To a request of REST."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        self.sizes.append(len(raw))
        limit = self.limits.body
        try:
            if limit is not None and len(raw) > limit:
                raise RefusalError(*too_large(len(raw), limit))
            body = json.loads(raw, parse_constant=_refuse_constant) if raw else None
        except RefusalError as refusal:
            return self._refused(method, path, refusal.status, str(refusal))
        except ValueError:
            return self._refused(method, path, 400, NO_VECTOR)
        return self.reply(method, path, query, key, body)

    def _refused(self, method: str, path: str, status: int, said: str) -> _Answer:
        with self._lock:
            self.requests.append(Request(method, path))
        return _Answer(status, _error(said), NOTHING)

    def reply(
        self, method: str, path: str, query: dict[str, str], key: str | None, body: Any
    ) -> _Answer:
        """One request at a time, as the embedded Qdrant is not made for several threads."""
        with self._lock:
            self.requests.append(Request(method, path))
            fault = take(self.faults, method, path)
            if fault.hangs:
                return _Answer(0, "", fault)
            status, answer = self._status_and_body(fault, method, path, query, key, body)
            if self._contract and not isinstance(answer, str):
                self.judged += 1
                self._note(
                    method, path, self._contract.response_problems(method, path, status, answer)
                )
            return _Answer(status, answer, fault)

    def _status_and_body(
        self,
        fault: Fault,
        method: str,
        path: str,
        query: dict[str, str],
        key: str | None,
        body: Any,
    ) -> tuple[int, Any]:
        refused = self.keys.refusal(key, method, path)
        if refused:
            status, said = refused
            plain = status == 401 or said == "ExpiredSignature"
            return status, said if plain else _error(said)
        if fault.status and not fault.works:
            return fault.status, fault.raw or _error(fault.text or f"made to answer {fault.status}")
        status, answer = self._work(fault, method, path, query, body)
        if status == 200 and path in ("/aliases", "/collections"):
            kept = [one for one in answer["result"][path[1:]] if self._shown(key, one)]
            answer["result"][path[1:]] = kept
        return (fault.status, _error("the answer was lost")) if fault.status else (status, answer)

    def _shown(self, key: str | None, listed: dict[str, str]) -> bool:
        return self.keys.sees(key, listed.get("collection_name") or listed["name"])

    def _work(
        self, fault: Fault, method: str, path: str, query: dict[str, str], body: Any
    ) -> tuple[int, Any]:
        try:
            if self._contract:
                self.judged += 1
                problems = self._contract.request_problems(method, path, query, body)
                self._note(method, path, problems)
            if not self._operations.is_free_of_limits(path) or self.limits.forced:
                refused = self.limits.refusal(method, path, body, self._operations.indexes_of(path))
                if refused:
                    raise RefusalError(*refused)
            result = self._operations.perform(method, path, query, fault.change(body))
        except RefusalError as refusal:
            return refusal.status, _error(str(refusal))
        except (ValidationError, ValueError) as error:
            return 400, _error(f"Wrong input: {error}")
        except Exception as error:
            # A 500 would be tried again, and a fault of the double would pass for patience.
            self.violations.append(f"{method} {path}: the double failed: {error!r}")
            return 500, _error(repr(error))
        return 200, result if path == "/" else {"result": result, "status": "ok", "time": 0.001}

    def _note(self, method: str, path: str, problems: Any) -> None:
        self.violations.extend(f"{method} {path} {problem}" for problem in problems)


def _error(message: str) -> dict[str, Any]:
    return {"status": {"error": message}, "time": 0.0}


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _handler(double: QdrantDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: two would wait for each other on loopback

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if double.gone:
                self.close_connection = True
                return
            answer = double.answer(self.command, self.path, self.headers.get("api-key"), raw)
            if answer.fault.hangs:
                double.closing.wait()
                self.close_connection = True
                return
            plain = isinstance(answer.body, str)
            content = (answer.body if plain else json.dumps(answer.body)).encode()
            self.send_response(answer.status)
            if not plain:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in answer.fault.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if answer.fault.cut:
                content = content[: len(content) // 2]
                self.close_connection = True
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing: `requests` is the log."""

    return Handler
