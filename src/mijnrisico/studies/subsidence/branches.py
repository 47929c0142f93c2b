"""The alternatives of a question: every strain model with every surface, and what each pair weighs before measuring."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mijnrisico.studies.subsidence import sections
from mijnrisico.subsidence import kernel
from mijnrisico.subsurface import compaction


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way in which a part may work: what it is called, its parameters in words, its weight."""

    name: str
    parameters: str
    weight: float


@dataclass(frozen=True, slots=True)
class StrainAlternative(Alternative):
    """A strain model with its constants, without those of unloading, which belong to an activity."""

    model: compaction.Parameters


@dataclass(frozen=True, slots=True)
class SurfaceAlternative(Alternative):
    """What lies between source and surface."""

    settings: kernel.Settings


@dataclass(frozen=True, slots=True)
class Branch:
    """A strain model, a surface and a reading of the measurements, by their numbers, with the weight of the three."""

    strain: int
    surface: int
    weight: float
    reading: int = 0


def strains(asked: sections.Strain) -> tuple[StrainAlternative, ...]:
    """Return the strain models with a weight above zero; the time-decay model once for each of its decay times."""
    found: list[StrainAlternative] = []
    for name, weight in asked.models.items():
        if name == "linear":
            found.append(StrainAlternative(name, "", weight, compaction.Linear()))
        elif name == "bilinear" and asked.bilinear is not None:
            at, ratio = asked.bilinear.transition_bar, asked.bilinear.slope_ratio
            words = f"p_tr = {at:g} bar, ratio = {ratio:g}"
            found.append(StrainAlternative(name, words, weight, compaction.Bilinear(at, ratio)))
        elif name == "time_decay":
            for years, share in asked.decay_years.items():
                model = compaction.TimeDecay(float(years))
                found.append(StrainAlternative(name, f"tau = {float(years):g} yr", weight * share, model))
        elif name == "rate_type":
            own = asked.rate_type
            rate = -own.reference_rate_mpa_per_year
            model = compaction.RateType(own.b, own.elastic_share, own.reference_share, rate)
            found.append(StrainAlternative(name, f"b = {own.b:g}", weight, model))
    return tuple(one for one in found if one.weight > 0.0)


def surfaces(asked: sections.Surface) -> tuple[SurfaceAlternative, ...]:
    """Return the kernels with a weight above zero, for each of the values that their model asks for."""
    found: list[SurfaceAlternative] = []
    for name, weight in asked.model.items():
        if name == "knothe":
            settings = kernel.Settings(model=name, angle_deg=asked.angle_deg)
            found.append(SurfaceAlternative(name, f"phi = {asked.angle_deg:g} deg", weight, settings))
        elif name == "layered":
            layers = tuple(kernel.Layer(each.thickness_m, each.young_gpa, each.poisson) for each in asked.layers)
            words = f"{len(layers)} layers"
            found.append(SurfaceAlternative(name, words, weight, kernel.Settings(model=name, layers=layers)))
        else:
            basements = asked.basement_m if name == "van_opstal" and asked.basement_m else {"": 1.0}
            for poisson, share in asked.poisson.items():
                for basement, part in basements.items():
                    depth = float(basement) if basement else None
                    settings = kernel.Settings(model=name, poisson=float(poisson), basement_m=depth)
                    words = f"nu = {float(poisson):g}" + (f", basement {depth:g} m" if depth else "")
                    found.append(SurfaceAlternative(name, words, weight * share * part, settings))
    return tuple(one for one in found if one.weight > 0.0)


def branches(
    strain: Sequence[StrainAlternative], surface: Sequence[SurfaceAlternative], readings: Sequence[float] = (1.0,)
) -> tuple[Branch, ...]:
    """Return every combination, in the order strain, surface, reading (its weights); the weights sum to one."""
    return tuple(
        Branch(i, j, one.weight * other.weight * weight, k)
        for i, one in enumerate(strain)
        for j, other in enumerate(surface)
        for k, weight in enumerate(readings)
    )


def strain_of(model: compaction.Parameters, activity: sections.Activity) -> compaction.Parameters:
    """Return a strain model with what an activity has of its own: its decay time, what it keeps when unloaded.

    A rate-type model unloads by its own law.
    """
    if isinstance(model, compaction.RateType):
        return model
    if isinstance(model, compaction.TimeDecay) and activity.decay_years is not None:
        model = compaction.TimeDecay(activity.decay_years)
    return replace(model, unloading_share=activity.unloading_share, ratchet_share=activity.ratchet_share)


def surface_of(settings: kernel.Settings, activity: sections.Activity) -> kernel.Settings:
    """Return what lies above an activity: that of the question, with its own basement and Poisson's ratio."""
    if settings.model == "van_opstal" and activity.basement_m is not None:
        settings = replace(settings, basement_m=activity.basement_m)
    if settings.model in ("van_opstal", "geertsma") and activity.overburden_poisson is not None:
        settings = replace(settings, poisson=activity.overburden_poisson)
    return settings
