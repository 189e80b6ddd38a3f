"""Losses of the power chain per kWh of IT energy: UPS, distribution and lighting; all of them heat the hall.

References
----------
.. [1] N. Lei and E. Masanet (2020), Statistical analysis for predicting location-specific data center
   PUE and its improvement potential, Energy 201, 117556.
"""

from siting.physics.cooling.parameters import CoolingParameters
from siting.physics.cooling.ranges import Quantity


def ups_loss_kwh(p: CoolingParameters) -> Quantity:
    """Return the loss of the uninterruptible supply at its part load, per kWh of IT.

    ``L (n/x + (1 - n - s) + s x)``, L = 1/efficiency - 1 at full load x = 1.

    Parameters
    ----------
    p : CoolingParameters
        Efficiency at full load 0-1, part load x 0.05-1, shares n and s lost at no load and in the square.

    Returns
    -------
    float or numpy.ndarray
        Loss over IT energy [-].

    References
    ----------
    Form: V. Avelar, Schneider Electric White Paper 108; efficiency: Lei and Masanet (2020) [1]_; the
    shares are assumptions.

    Examples
    --------
    >>> round(float(ups_loss_kwh(CoolingParameters(part_load_share=0.5))), 4)
    0.0728
    """
    x, no_load, square = p.part_load_share, p.ups_no_load_loss_share, p.ups_square_loss_share
    return (1.0 / p.ups_efficiency - 1.0) * (no_load / x + (1.0 - no_load - square) + square * x)


def distribution_loss_kwh(p: CoolingParameters) -> Quantity:
    """Return the loss of the distribution per kWh of IT, ``1/(1 - d) - 1``.

    Parameters
    ----------
    p : CoolingParameters
        Share d lost between meter and IT, 0-1.

    Returns
    -------
    float or numpy.ndarray
        Loss over IT energy [-].

    References
    ----------
    Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> round(float(distribution_loss_kwh(CoolingParameters(distribution_loss_share=0.02))), 4)
    0.0204
    """
    return 1.0 / (1.0 - p.distribution_loss_share) - 1.0


def power_chain_heat_kwh(p: CoolingParameters) -> Quantity:
    """Return the heat of UPS, distribution and lighting per kWh of IT, ``ups + distribution + lighting``.

    Parameters
    ----------
    p : CoolingParameters
        Losses of the power chain; all of them end as heat in the hall.

    Returns
    -------
    float or numpy.ndarray
        Heat over IT energy [-].

    References
    ----------
    Lei and Masanet (2020) [1]_.

    Examples
    --------
    >>> p = CoolingParameters()
    >>> round(float(power_chain_heat_kwh(p) - p.lighting_share - ups_loss_kwh(p) - distribution_loss_kwh(p)), 9)
    0.0
    """
    return ups_loss_kwh(p) + distribution_loss_kwh(p) + p.lighting_share
