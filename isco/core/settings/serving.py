"""How the service is reached, what it takes at once, and how people's work on it is shared out."""

from typing import Literal

from pydantic import Field, SecretStr

from isco.core.settings.section import Section


class ServeSettings(Section):
    """The service of `isco serve`: where it listens, its limits, and the coder's desk."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=0, le=65535)
    token: SecretStr | None = None
    max_ads: int = Field(default=1000, ge=1)
    max_body: int = Field(default=10_000_000, ge=1000)
    max_stream: int = Field(default=1_000_000_000, ge=1000)
    waiting: int = Field(default=10_000, ge=1)
    per_client: int = Field(default=64, ge=1)
    timeout: float = Field(default=120.0, gt=0, allow_inf_nan=False)
    grace: int = Field(default=20, ge=0)
    refresh: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    machine: Literal["shown", "hidden"] = "shown"
    double: float = Field(default=0.1, ge=0, le=1)
    hold: float = Field(default=15.0, gt=0, allow_inf_nan=False)
