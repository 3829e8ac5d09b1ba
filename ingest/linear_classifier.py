"""A linear head on the frozen embedding, trained on the taxonomy's own names and documents.

Distant supervision: every name of a concept, and its document, is an example of the concept's unit
group. Linear discriminant analysis with a shrunk covariance (Hastie, Tibshirani & Friedman 2009,
section 4.3) has a closed form: no epochs, no seed, the same head from the same vectors.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

# Strong, so that what the covariance of one language's names says is trusted less: a lower value
# costs ads in other languages (docs/decisions/0001).
SHRINKAGE = 0.7


def train_head(
    vectors: NDArray[np.float32], codes: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    """Weights and, last, the bias of every code, shape (dimension + 1,).

    `vectors` has shape (examples, dimension), `codes` the unit group of each. The dot product with
    a query's vector and a 1 after it is the code's logit. Empty when there is one code alone.
    """
    if len(set(codes)) < 2:
        return {}
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
    model.fit(vectors.astype(np.float64), list(codes))
    weights, biases = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        # Of two classes the model keeps the difference alone.
        weights, biases = np.vstack([-weights, weights]) / 2, np.append(-biases, biases) / 2
    rows = np.column_stack([weights, biases]).astype(np.float32)
    return dict(zip(map(str, model.classes_), rows, strict=True))
