"""The wall between organizations, as the database keeps it.

Every tenant row names its organization. Where it names a second tenant row, a composite foreign key holds both
columns, so that rows of two organizations cannot be joined, whatever the program does.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.ddl_references import Statement, Table
from django.utils.translation import gettext_lazy as _


class SameOrganization(models.BaseConstraint):
    """A composite foreign key `(organization, field)` to the row that `field` names.

    The field itself is declared with `db_constraint=False`: one key is checked, not two. The table it points at has an
    `organization_key`.
    """

    def __init__(self, *, field: str, name: str) -> None:
        self.field = field
        super().__init__(name=name, violation_error_message=_("This belongs to another organization."))

    # django-stubs types these as they are for constraints written inside CREATE TABLE; this one never is.
    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        return self.create_sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Leave the key for the end of the migration, as Django does with its own: its target may come later."""
        quote = schema_editor.quote_name
        foreign_key = model._meta.get_field(self.field)
        target = foreign_key.related_model._meta
        schema_editor.deferred_sql.append(
            Statement(
                "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (organization_id, %(column)s)"
                " REFERENCES %(target)s (organization_id, %(target_column)s)",
                table=Table(model._meta.db_table, quote),
                name=quote(self.name),
                column=quote(foreign_key.column),
                target=Table(target.db_table, quote),
                target_column=quote(target.pk.column),
            )
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        quote = schema_editor.quote_name
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, quote),
            name=quote(self.name),
        )

    def validate(
        self,
        model: type[models.Model],  # noqa: ARG002 Django's signature
        instance: Any,
        exclude: set[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,  # noqa: ARG002
    ) -> None:
        if exclude and self.field in exclude:
            return
        related = getattr(instance, self.field)
        if related is not None and related.organization_id != instance.organization_id:
            raise ValidationError({self.field: self.get_violation_error_message()})

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        return "clinics.models.SameOrganization", (), {"field": self.field, "name": self.name}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SameOrganization):
            return (self.field, self.name) == (other.field, other.name)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.field, self.name))


def organization_key(table: str) -> models.UniqueConstraint:
    """Give the unique key that composite foreign keys point at."""
    return models.UniqueConstraint(fields=["organization", "id"], name=f"{table}_organization_key")


class TenantModel(models.Model):
    """A row that belongs to one organization for good."""

    organization = models.ForeignKey(
        "clinics.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("organization"),
    )

    class Meta:
        abstract = True
