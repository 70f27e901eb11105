"""Fixtures of the forms in which a table is read piece by piece."""

import pytest

from tests.tables.streams.made_streams import OF_TEXT, TYPED


@pytest.fixture(params=[*TYPED, *OF_TEXT], ids=lambda form: form.__name__)
def form(request):
    """A function that gives a table in a form that is read piece by piece."""
    return request.param


@pytest.fixture(params=TYPED, ids=lambda form: form.__name__)
def typed_form(request):
    """The same, of forms that keep types."""
    return request.param
