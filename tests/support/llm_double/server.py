"""HTTP around the stand-in: pages, the key, faults, and how many ask at once."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from openai.types import Model

from tests.support.llm_double.chat import ChatRequest, RefusalError, StandIn, parse_request
from tests.support.llm_double.faults import NOTHING, Fault, error_body, take

LONGEST_WAIT = 120
_BETWEEN_DROPS = 0.02


class LlmDouble:
    """A server at `url` from construction until its `with` ends.

    `requests` are the chat completions that were asked for, the refused ones among them; `faults`
    is what will go wrong with them, `models_fault` with the list of models; `gate` is gone through
    by each before it is answered. `violations` are requests that no server would understand.
    """

    def __init__(self, models: list[str] | None = None, api_key: str | None = None) -> None:
        self.models = ["double"] if models is None else models
        self.api_key = api_key
        self.stand_in = StandIn()
        self.faults: list[Fault] = []
        self.models_fault = NOTHING
        self.gate: Callable[[ChatRequest], Any] = lambda request: None
        self.requests: list[ChatRequest] = []
        self.violations: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._port = 0
        self.open()
        self.url = f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> "LlmDouble":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.close()

    def open(self) -> None:
        """Listen, a second time on the same port."""
        self._server = _Server(self._port, self)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """From here on nobody is answered, not on open connections either. May be called twice."""
        self._server.closed = True
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def over(self, seconds: float) -> bool:
        """Whether the test is, after waiting for that."""
        return self._over.wait(seconds)

    def hang(self) -> None:
        """Until the test is over."""
        self._over.wait(LONGEST_WAIT)

    def answer(self, method: str, path: str, key: str, raw: bytes) -> tuple[Any, Fault]:
        """The answer, and what goes wrong with it. Raises RefusalError."""
        if self.api_key is not None and key != self.api_key:
            raise RefusalError(401, "Incorrect API key provided")
        if (method, path) == ("GET", "/v1/models"):
            return self._list_models(), self.models_fault
        if (method, path) == ("POST", "/v1/chat/completions"):
            return self._chat(raw)
        raise RefusalError(404, f"there is no {method} {path}")

    def _list_models(self) -> Any:
        made = {"object": "model", "created": 0, "owned_by": "double"}
        data = [Model(id=name, **made).model_dump() for name in self.models]
        return {"object": "list", "data": data}

    def _chat(self, raw: bytes) -> tuple[Any, Fault]:
        try:
            request = parse_request(raw)
        except RefusalError as refusal:
            self.violations.append(str(refusal))
            raise
        with self._counted():
            with self._lock:
                self.requests.append(request)
                fault = take(self.faults, request.text)
            self.gate(request)
        return (self.stand_in.complete(request) if fault.body is None else None), fault

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, double: LlmDouble) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.double = double
        self.closed = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that wait no longer hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: two would wait for each other on loopback

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.closed:
            self.close_connection = True
            return
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        fault = NOTHING
        try:
            answer, fault = self.server.double.answer(self.command, self.path, key, raw)
            status = fault.status
            content = fault.body
            if content is None:
                content = json.dumps(fault.change(answer)).encode()
        except RefusalError as refusal:
            status, content = refusal.status, error_body(str(refusal))
        except Exception as error:
            # A 500 would be tried again, and a fault of the double would pass for patience.
            self.server.double.violations.append(f"the double failed: {error!r}")
            status, content = 500, error_body(repr(error))
        if fault.die:
            self.server.double.close()
        if fault.hang:
            self.server.double.hang()
        if self.server.closed or fault.hang:
            self.close_connection = True
        elif fault.drip:
            self._drip(fault.drip)
        else:
            self._send(status, content, fault)

    def _drip(self, where: str) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drop: " + (b"\r\n\r\n" if where == "body" else b""))
        with suppress(OSError):
            while not self.server.double.over(_BETWEEN_DROPS):
                self.wfile.write(b" ")
                self.wfile.flush()

    def _send(self, status: int, content: bytes, fault: Fault) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in fault.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if fault.cut:
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: `requests` is the log."""
