"""From what is registered and what was seen to a plan: the next version, and how every field is converted.

Pure: the plan is made here, carried out elsewhere, and made again when another writer registered a version meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipelines.inference import (
    MAX_COLUMN_LENGTH,
    FieldPlan,
    FieldProfile,
    OnMisfit,
    Profile,
    Type,
    TypingOptions,
    UnexpectedFields,
    column_name,
    faults,
    fold,
    original_name,
    plain_name,
    sequence_profile,
    sequence_type,
    spark_ddl,
)
from pipelines.inference.profile import MAX_SPELLINGS
from pipelines.inference.types import STRING, UNKNOWN, Unknown

from .diff import Change, diff
from .evolve import Contract, Evolution, RejectedChange
from .schema import Field, Schema, type_inside, with_type_inside


class ContractError(Exception):
    """The topic's contract says `fail`: nothing of this batch may be applied."""

    def __init__(self, topic: str, breaches: Sequence[RejectedChange]) -> None:
        self.topic = topic
        self.breaches = tuple(breaches)
        super().__init__(" ".join(_sentence(topic, breach) for breach in breaches))


def _sentence(topic: str, breach: RejectedChange) -> str:
    where, profile = f"topic {topic}, field {breach.field}", f"(a value looks like {breach.value_shape!r})"
    if breach.from_type is None:
        return (
            f"{where}: a new field of type {plain_name(breach.to_type)} arrived {profile}, and schema.onNewField is fail. "
            "Set onNewField to add, rescue or ignore, or take the field out of the source."
        )
    if breach.reason == faults.BAD_CAST:
        return (
            f"{where}: a value does not fit the hint {plain_name(breach.to_type)} {profile}, and schema.onTypeConflict is "
            "fail. Correct the hint or the source, or set onTypeConflict to promote, rescue or quarantine."
        )
    return (
        f"{where}: the registered type {plain_name(breach.from_type)} would have to become {plain_name(breach.to_type)} "
        f"{profile}, and schema.onTypeConflict is fail. "
        "Correct the source, or set onTypeConflict to promote, rescue or quarantine."
    )


@dataclass(frozen=True)
class Plan:
    """Plan for a batch: schema, changes, field plans, rejected changes."""

    topic: str
    next_schema: Schema
    """To register when its fingerprint is new."""
    changes: tuple[Change, ...]
    field_plans: tuple[FieldPlan, ...]
    """For the `Coercer`: every field that has a column."""
    unexpected_fields: UnexpectedFields
    rejected: tuple[RejectedChange, ...]
    former_types: Mapping[str, str]
    """Columns that are text now and were not before, with the Spark type that they had."""
    error: ContractError | None
    """Set where the contract says fail; then nothing may be applied, and `next_schema` is the registered one."""

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Silver's data columns with their Spark types, in the order of the field plans."""
        return self.next_schema.columns()


def plan(
    topic: str,
    registered: Schema | None,
    observed: Profile,
    contract: Contract | None = None,
    *,
    history: Sequence[Schema] = (),
    options: TypingOptions | None = None,
    rename: Mapping[str, str] | None = None,
) -> Plan:
    """Plan one batch. `history` is every version of the topic, oldest first, the registered one last.

    The first batch defines the schema: `on_new_field` applies only where a schema is registered. Spellings of names
    are joined, hinted fields have the hint's type, and what widens below string is evolution, never a conflict.
    """
    contract, options = contract or Contract(), options or TypingOptions()
    observed = _without_conflicts(observed, registered, options)
    versions = tuple(history) or (() if registered is None else (registered,))
    planner = _Planner(registered, contract, Evolution(contract, versions), options, rename or {})
    candidate = planner.candidate(observed)
    rejected = planner.evolution.rejected
    error = _error(topic, contract, rejected)
    if error is not None:
        candidate = registered or Schema()
    return Plan(
        topic,
        candidate,
        tuple(diff(registered, candidate, planner.hinted(observed))),
        planner.field_plans(candidate),
        "rescue" if contract.on_new_field == "rescue" else "ignore",
        tuple(rejected),
        _former_types(candidate, versions),
        error,
    )


def _without_conflicts(observed: Profile, registered: Schema | None, options: TypingOptions) -> Profile:
    """The evidence without what is neither number nor time in a sequence: it goes to quarantine, and types nothing."""
    fields = dict(observed.fields)
    for name in options.sequence:
        if name in fields and name not in options.hints:
            known = registered.get(name) if registered else None
            type_ = known.type if known else UNKNOWN
            fields[name] = sequence_profile(fields[name], type_, options.sequence_type)
    return Profile(fields)


def _former_types(schema: Schema, versions: Sequence[Schema]) -> dict[str, str]:
    found = {}
    for field in schema:
        if field.column_type == STRING:
            earlier = (known.column_type for version in versions if (known := version.get(field.name)))
            types = [type_ for type_ in earlier if type_ is not None and type_ != STRING]
            if types:
                found[field.column] = spark_ddl(types[-1])
    return found


def _error(topic: str, contract: Contract, rejected: Sequence[RejectedChange]) -> ContractError | None:
    def fails(breach: RejectedChange) -> bool:
        if breach.reason == faults.UNEXPECTED_FIELD:
            return contract.on_new_field == "fail"
        return (
            breach.reason in (faults.TYPE_CONFLICT, faults.BAD_CAST) and contract.on_type_conflict == "fail"
        )

    breaches = [breach for breach in rejected if fails(breach)]
    return ContractError(topic, breaches) if breaches else None


def _plainness(spelling: str) -> tuple[bool, bool, str]:
    """Of several spellings in one batch (`USERID`, `userId`, `userid`), which are a set, the one that names are given by."""
    return not spelling[:1].islower(), spelling == spelling.lower(), spelling


class _Planner:
    def __init__(
        self,
        registered: Schema | None,
        contract: Contract,
        evolution: Evolution,
        options: TypingOptions,
        rename: Mapping[str, str],
    ) -> None:
        self._registered = registered
        self._contract = contract
        self.evolution = evolution
        self._options = options
        self._hints = options.hint_types
        self._lifted = frozenset(lift.field for lift in options.lifts)
        self._rename = {original_name(name): column for name, column in rename.items()}
        self._taken = frozenset(map(fold, self._rename.values()))

    def hinted(self, observed: Profile) -> Profile:
        """The evidence, with the hints inside of fields."""
        if not self._options.inner_types:
            return observed
        fields = dict(observed.fields)
        for (name, *inside), hint in self._options.inner_types.items():
            if name in fields:
                fields[name] = fields[name].with_hint(tuple(inside), hint)
        return Profile(fields)

    def candidate(self, observed: Profile) -> Schema:
        observed = self.hinted(observed)
        fields = {field.name: self._known(field, FieldProfile()) for field in self._registered or ()}
        for name, profile in observed:
            if name in fields:
                fields[name] = self._known(fields[name], profile)
            else:
                field = self._new(name, profile, len(fields))
                if field is not None:
                    fields[name] = field
        return Schema(tuple(fields.values()))

    def _column(self, name: str, spellings: Sequence[str], registered: str | None = None) -> str:
        """The column of a field: as it was spelled when it was registered first."""
        if name in self._rename:
            return self._rename[name]
        column = column_name(min(spellings, key=_plainness, default=name), self._taken)
        return registered if registered is not None and fold(registered) == fold(column) else column

    def _new(self, name: str, profile: FieldProfile, known_fields: int) -> Field | None:
        column, hint = self._column(name, profile.spellings), self._hints.get(name)
        type_ = hint or (self._sequence(name, UNKNOWN, profile) if self._is_sequence(name) else profile.type)
        example = profile.example_beyond(Unknown())
        if len(column) > MAX_COLUMN_LENGTH:
            self.evolution.reject("name_too_long", column[:MAX_COLUMN_LENGTH], (), None, type_, example)
            return None
        if known_fields >= self._contract.max_fields:
            self.evolution.reject("too_wide", column, (), None, type_, example)
            return None
        asked_for = name in self._lifted  # the field came from config, not from the data
        if self._registered is not None and self._contract.on_new_field != "add" and not asked_for:
            self.evolution.reject("unexpected_field", column, (), None, type_, example)
            return None
        if hint is not None:
            self._note_misfit(column, hint, profile)
        self._note_inner_misfits(name, column, profile)
        return Field(name, column, type_, profile.spellings, hinted=hint is not None)

    def _known(self, field: Field, profile: FieldProfile) -> Field:
        hint = self._hints.get(field.name)
        spellings = tuple(sorted({*field.spellings, *profile.spellings})[:MAX_SPELLINGS])
        column = self._column(field.name, spellings, field.column)
        field = replace(field, column=column, spellings=spellings, hinted=hint is not None)
        if hint is None and self._is_sequence(field.name):
            wanted = self._sequence(field.name, field.type, profile)
            return replace(field, type=self.evolution.permitted(field, wanted, profile))
        if hint is None:
            field, profile = self._with_inner_hints(field, profile)
            return replace(field, type=self.evolution.next_type(field, profile))
        if not self.evolution.permits((field.name,), field.type, hint):
            self.evolution.reject("incompatible_schema", column, (), field.type, hint, profile.misfit or "")
            return replace(field, hinted=self._was_hinted(field.name))
        self._note_misfit(column, hint, profile)
        return replace(field, type=hint)

    def _with_inner_hints(self, field: Field, profile: FieldProfile) -> tuple[Field, FieldProfile]:
        """A registered field with the types that hints give to what is inside, as far as compatibility lets it change so."""
        self._note_inner_misfits(field.name, field.column, profile)
        for path, hint in self._options.inner_types_of(field.name).items():
            known = type_inside(field.type, path)
            if known is None:
                continue
            if self.evolution.permits((field.name, *path), known, hint):
                field = replace(field, type=with_type_inside(field.type, path, hint))
            else:
                self.evolution.reject("incompatible_schema", field.column, path, known, hint, "")
                profile = profile.with_hint(path, known)
        return field, profile

    def _note_inner_misfits(self, name: str, column: str, profile: FieldProfile) -> None:
        for path, hint in self._options.inner_types_of(name).items():
            inside = profile.at(path)
            if inside is not None and inside.misfit is not None:
                self.evolution.reject("bad_cast", column, path, hint, hint, inside.misfit)

    def _is_sequence(self, name: str) -> bool:
        return name in self._options.sequence

    def _sequence(self, name: str, known: Type, profile: FieldProfile) -> Type:
        return sequence_type(known, profile, self._options.sequence_type)

    def _was_hinted(self, name: str) -> bool:
        known = self._registered.get(name) if self._registered else None
        return known is not None and known.hinted

    def _note_misfit(self, column: str, hint: Type, profile: FieldProfile) -> None:
        if profile.misfit is not None:
            self.evolution.reject("bad_cast", column, (), hint, hint, profile.misfit)

    def field_plans(self, schema: Schema) -> tuple[FieldPlan, ...]:
        plans: list[FieldPlan] = []
        mode = self._contract.on_type_conflict
        on_inner_misfit: OnMisfit = "null" if mode == "promote" else mode
        for field in schema:
            type_ = field.column_type
            if type_ is not None:
                on_misfit, code = self._misfit_policy(field)
                orders = self._is_sequence(field.name)
                plans.append(
                    FieldPlan(
                        field.name,
                        field.column,
                        type_,
                        on_misfit,
                        code,
                        field.hinted,
                        orders,
                        on_inner_misfit,
                    )
                )
        return tuple(plans)

    def _misfit_policy(self, field: Field) -> tuple[OnMisfit, str]:
        if self._is_sequence(field.name):
            return "quarantine", faults.SEQUENCE_CONFLICT
        mode = self._contract.on_type_conflict
        code = faults.BAD_CAST if field.hinted else faults.TYPE_CONFLICT
        if mode == "promote" and field.hinted:
            return "null", code
        if mode == "promote" and self._contract.compatibility != "none":
            return "quarantine", faults.INCOMPATIBLE_SCHEMA
        # Under promote nothing that was observed misfits; should a record slip by unobserved, it is not lost.
        return ("quarantine" if mode == "promote" else mode), code
