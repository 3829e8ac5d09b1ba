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
from tests.support.qdrant_double.faults import Fault, take
from tests.support.qdrant_double.operations import Operations, RefusalError


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
    contract, judged only when its file is given and there (`judged` counts the messages). With
    `read_only_key` come those who may only read; `tls` are the files of a certificate and its key.
    """

    def __init__(
        self,
        contract: Path | None = None,
        api_key: str | None = None,
        read_only_key: str | None = None,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self.api_key = api_key
        self.read_only_key = read_only_key
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.judged = 0
        self._contract = load_contract(contract) if contract and contract.exists() else None
        self._operations = Operations()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"

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
        """From here on the port refuses connections. May be called twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, target: str, api_key: str | None, raw: bytes) -> _Answer:
        """One request at a time, as the embedded Qdrant is not made for several threads."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        with self._lock:
            self.requests.append(Request(method, path))
            fault = take(self.faults, method, path)
            status, body = self._status_and_body(fault, method, path, query, api_key, raw)
            if self._contract:
                self.judged += 1
                self._note(
                    method, path, self._contract.response_problems(method, path, status, body)
                )
            return _Answer(status, body, fault)

    def _status_and_body(
        self,
        fault: Fault,
        method: str,
        path: str,
        query: dict[str, str],
        api_key: str | None,
        raw: bytes,
    ) -> tuple[int, Any]:
        if self.api_key is not None and api_key != self.api_key:
            if api_key is None or api_key != self.read_only_key:
                return 401, _error("Invalid API key or JWT")
            if not _only_reads(method, path):
                return 403, _error("Forbidden: Global write access is required")
        if fault.status and not fault.works:
            return fault.status, _error(f"made to answer {fault.status}")
        status, answer = self._work(fault, method, path, query, raw)
        return (fault.status, _error("the answer was lost")) if fault.status else (status, answer)

    def _work(
        self, fault: Fault, method: str, path: str, query: dict[str, str], raw: bytes
    ) -> tuple[int, Any]:
        try:
            body = json.loads(raw, parse_constant=_refuse_constant) if raw else None
            if self._contract:
                self.judged += 1
                problems = self._contract.request_problems(method, path, query, body)
                self._note(method, path, problems)
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


def _only_reads(method: str, path: str) -> bool:
    return method == "GET" or path.endswith(("/count", "/scroll", "/query"))


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
            answer = double.answer(self.command, self.path, self.headers.get("api-key"), raw)
            content = json.dumps(answer.body).encode()
            self.send_response(answer.status)
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
