"""The sensor's noise: what it is reckoned with."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelkit.imaging.sensor_noise import quantile


@given(
    arrays(np.float32, st.integers(1, 300), elements=st.floats(-1e3, 1e3, width=32)),
    st.floats(0, 1).map(lambda share: round(share, 3)),
)
def test_the_quantile_is_numpys(values: np.ndarray, share: float) -> None:
    assert np.isclose(quantile(values, share), np.quantile(values, share), rtol=1e-6, atol=1e-4)
