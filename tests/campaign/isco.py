"""`isco` with an embedding that costs nothing, so that kills strike everything else.

    python -m tests.campaign.isco classify ADS -o OUT --set data_dir=DIR …

It passes for the configured model. Texts that share words lie near each other.
"""

from isco.cli.main import main
from isco.core import embedding
from isco.core.embedding import model_identity
from isco.core.settings import EmbeddingSettings
from tests.support.doubles import HashingEmbedder


class StandIn(HashingEmbedder):
    """The hashing double under the name of the configured model."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        super().__init__()
        identity = model_identity(settings)
        self.name, self.revision = identity.name, identity.revision


# Worker processes import the command's main module by this other name, and need it too.
if __name__ in {"__main__", "__mp_main__"}:
    embedding.open_embedder = StandIn

if __name__ == "__main__":
    main()
