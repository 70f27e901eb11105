"""Export to PyTorch: one feature as an ``nn.Embedding``, or all as a file of tensors.

Takes ``Vectors``. Gives layers and files; row 0 is padding, row 1 for unknown categories. Needs the
extra ``cat2vec[torch]``.
"""

from __future__ import annotations

import os
from typing import Any

from cat2vec.errors import MissingPackageError
from cat2vec.export.embedding_rows import PADDING, EmbeddingRows, weight_of
from cat2vec.parameters import check_flag, documented, feature_name
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors

try:
    import torch
except ImportError as error:
    raise MissingPackageError("export to PyTorch", "torch") from error


class CategoryEmbedding(torch.nn.Embedding):
    """An ``nn.Embedding`` that knows which row each category has.

    Attributes
    ----------
    weight : Parameter of shape (n_categories + 2, size), float32
        Row 0 is padding: zeros that training does not change. Row 1 is for categories that fit did
        not see; it begins as zeros, the average category, or as the vector of the rare categories
        where some were pooled.
    index : EmbeddingRows
        Mapping from categories to rows. It is not in the ``state_dict``.
    """

    index: EmbeddingRows

    def encode(self, values: Any) -> torch.Tensor:
        """Turn cells into rows, on the device of the weight; see ``EmbeddingRows.encode``.

        Returns
        -------
        LongTensor of the shape of values
            0 for missing cells, 1 for categories that fit did not see.
        """
        return torch.from_numpy(self.index.encode(values)).to(self.weight.device)


@documented
def to_torch(
    vectors: Vectors, feature: str, *, size: int | None = None, frozen: bool = True
) -> CategoryEmbedding:
    """Turn the vectors of one feature into an ``nn.Embedding``.

    Parameters
    ----------
    vectors : Vectors
    feature : str
    {size}
    frozen : bool
        True: training leaves the vectors as they are. False: they are where training starts.

    Returns
    -------
    CategoryEmbedding

    Raises
    ------
    UnknownFeatureError, ParameterError, MissingPackageError

    Examples
    --------
    >>> from cat2vec import count_pairs, train_vectors
    >>> table = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}
    >>> embedding = to_torch(train_vectors(count_pairs(table), vector_size=1), "city")
    >>> rows = embedding.encode(["Rome", "Oslo", None, "Lima"])
    >>> rows, embedding(rows).shape
    (tensor([3, 2, 0, 1]), torch.Size([4, 1]))
    """
    check_vectors(vectors)
    check_flag("frozen", frozen)
    embedding = CategoryEmbedding.from_pretrained(
        torch.from_numpy(weight_of(vectors, feature, size)), freeze=frozen, padding_idx=PADDING
    )
    embedding.index = EmbeddingRows(vectors.vocabulary, feature)
    return embedding


def save_torch(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    size: int | None = None,
    overwrite: bool = False,
) -> None:
    """Write a file that ``torch.load(path, weights_only=True)`` reads.

    It holds a dict by feature, of dicts with "weight", a tensor as in ``to_torch``, and the rows of
    the categories as in ``EmbeddingRows.plain``.

    Raises
    ------
    OutputExistsError, UnknownFeatureError, KeyCollisionError, ParameterError, MissingPackageError
    """
    check_vectors(vectors)
    target = path_of(path)
    check_output_file(target, overwrite)
    names = vectors.vocabulary.schema.vector_names if feature is None else (feature_name(feature),)
    content = {
        name: {
            "weight": torch.from_numpy(weight_of(vectors, name, size)),
            **EmbeddingRows(vectors.vocabulary, name).plain(),
        }
        for name in names
    }
    with placed(target) as file, open(file, "wb") as out:  # whose errors say why
        torch.save(content, out)
