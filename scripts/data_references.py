"""Results of independent programs as labelled datasets, under the names of their files."""

from pathlib import Path

import numpy as np
import xarray as xr
from data_files import Target, write_dataset

Coordinates = dict[str, str]


def references(folder: Path, targets: dict[str, Target]) -> dict[str, int]:
    """Label the arrays of `gmm_v7.npz`, `fcm_v7.npz` and `rupture_distance.npz`, values unchanged."""
    gmm, fcm, rupture = (dict(np.load(folder / f"{name}.npz")) for name in ("gmm_v7", "fcm_v7", "rupture_distance"))
    gmm |= {"zone": gmm["zone"].astype(np.int64), "surface": np.array(["regular", "wierde"])}
    axes = ("zone", "period_s", "magnitude", "distance_rupture_km", "SA_reference_cms2")
    motion = labelled(
        gmm,
        {
            "reference_median_ln": ("branch", *axes[1:4]),
            "c2c_variance": axes[1:4],
            "reference_gm_variance": ("tau_branch", "phi_branch", "period_s"),
            "af_median_ln": axes,
            "af_linear_ln": axes[:4],
            "af_nonlinear_ln": ("zone", "period_s", "SA_reference_cms2"),
            "af_variance_as_run": ("zone", "period_s", "SA_reference_cms2"),
            "af_variance_arg_in_g": ("zone", "period_s", "SA_reference_cms2"),
            "af_max_ln": ("zone", "period_s"),
            "wierde_ln": ("surface", "period_s"),
            "corr": ("period_s", "period_2_s"),
            "branch_median_weights": ("magnitude", "branch"),
        },
        {
            "zone": "",
            "period_s": "s",
            "magnitude": "1",
            "distance_rupture_km": "km",
            "SA_reference_cms2": "cm/s2",
            "branch": "",
            "surface": "",
        },
    )
    motion["reference_median_ln"].attrs["units"] = "ln(cm/s2)"

    short = {
        "structural_poe": "structural_poe",
        "structural_poe_mean": "structural_poe_mean",
        "structural_pod_mean": "structural_pod_mean",
        "pod_given_limit_state": "pod_cond_poe",
        "chimney_poe": "chimney_poe",
        "chimney_pod": "chimney_pod",
        "chimney_pod_mean": "chimney_pod_mean",
        "lpr_mean_if_equal": "LPR_mean_if_SaAvg_equals_PGA",
        "weight_fragility": "weights_fragility",
        "weight_consequence": "weights_consequence",
        "vulnerability_class": "vulnerability_class",
        "limit_state": "limit_state",
        "location": "location",
        "sa": "SA_g",
    }
    fcm = {name: fcm[original] for name, original in short.items()}
    fcm["branch"] = np.array(["lower", "middle", "upper"])
    cls = "vulnerability_class"
    curves = labelled(
        fcm,
        {
            "structural_poe": ("branch", cls, "limit_state", "sa"),
            "structural_poe_mean": (cls, "limit_state", "sa"),
            "structural_pod_mean": (cls, "location", "sa"),
            "pod_given_limit_state": ("branch", cls, "location", "limit_state"),
            "chimney_poe": ("branch", cls, "sa"),
            "chimney_pod": ("branch", cls, "sa"),
            "chimney_pod_mean": (cls, "sa"),
            "lpr_mean_if_equal": (cls, "sa"),
            "weight_fragility": ("branch",),
            "weight_consequence": ("branch",),
        },
        {cls: "", "limit_state": "", "location": "", "branch": "", "sa": "g"},
    )

    point = ("magnitude", "distance_hypocenter_km", "azimuth_deg")
    distances = labelled(
        rupture,
        {
            "R_quantiles_km": (*point, "quantile"),
            "R_mean_km": point,
            "node_pmf": (*point, "node_R_km"),
            "rupture_length_median_km": ("rupture_length_magnitude",),
        },
        {
            "magnitude": "1",
            "distance_hypocenter_km": "km",
            "azimuth_deg": "degree",
            "quantile": "1",
            "node_R_km": "km",
            "rupture_length_magnitude": "1",
        },
    )
    for name in ("R_quantiles_km", "R_mean_km", "rupture_length_median_km"):
        distances[name].attrs["units"] = "km"
    distances.attrs["samples"] = int(rupture["n_sample"])
    return {
        "reference_gmm_v7": write_dataset(targets["reference_gmm_v7"], motion),
        "reference_fcm_v7": write_dataset(targets["reference_fcm_v7"], curves),
        "reference_rupture_distance": write_dataset(targets["reference_rupture_distance"], distances),
    }


def labelled(
    arrays: dict[str, np.ndarray], variables: dict[str, tuple[str, ...]], coordinates: Coordinates
) -> xr.Dataset:
    """Give dimensions to variables and a unit to coordinates ("" for names); variables are dimensionless."""
    return xr.Dataset(
        {name: (dims, arrays[name], {"units": "1"}) for name, dims in variables.items()},
        coords={
            name: (name, arrays[name].astype(object), {})
            if arrays[name].dtype.kind == "U"
            else (name, arrays[name], {"units": unit} if unit else {})
            for name, unit in coordinates.items()
        },
    )
