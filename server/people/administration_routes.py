"""Keeping accounts over HTTP: each administrator within their own area."""

from typing import Any, cast

from flask import Response, current_app
from flask_restx import Resource

from ..database import Database
from ..web.adapter import Section
from ..web.paging import page_of, read_cursor
from .access import current_actor, requires
from .account_schemas import (
    AccountLogQuery,
    AccountLogSchema,
    ChangedUserSchema,
    GivenPasswordSchema,
    NewUserSchema,
    NoteSchema,
    NothingSchema,
    OneUserSchema,
    OrganisationsSchema,
    UserSchema,
    UsersQuery,
    UsersSchema,
)
from .administration import (
    Person,
    Wanted,
    WithPassword,
    change_account,
    close_account,
    find_person,
    give_password,
    number_of_people,
    open_for,
    organisations,
    people,
    reopen_account,
    sign_out_account,
    sites_of,
)
from .models import AccountDeed
from .permissions import Permission
from .records import account_log

section = Section("accounts", "账号管理", path="/api/v1")


@section.route("/users")
class Users(Resource):  # type: ignore[misc]
    @requires(Permission.READ_ACCOUNTS)
    @section.takes(UsersQuery, "query")
    @section.gives(UsersSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The accounts of the caller's area, the newest first."""
        asked = {name: query[name] for name in Wanted._fields if name in query}
        wanted, before_id = Wanted(**asked), read_cursor(query.get("cursor"))
        actor, limit = current_actor(), query["limit"]
        with _database().reading() as session:
            rows = people(session, actor, wanted, _now(), before_id=before_id, limit=limit)
            total = number_of_people(session, actor, wanted)
        page = page_of(rows, limit)
        shown = [person_shown(each) for each in page.items]
        return {"items": shown, "total": total, "next_cursor": page.next_cursor}

    @requires(Permission.MANAGE_ACCOUNTS)
    @section.takes(NewUserSchema)
    @section.gives(GivenPasswordSchema, status=201, description="已开通")
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Open an account; its password is random, and told this once."""
        with _database().writing() as session:
            opened = open_for(session, current_actor(), body.pop("username"), body, _now())
        return _with_password(opened)


@section.route("/users/<int:user_id>")
class OneUser(Resource):  # type: ignore[misc]
    @requires(Permission.READ_ACCOUNTS)
    @section.gives(OneUserSchema)
    def get(self, user_id: int) -> dict[str, Any]:
        """An account, with the names of its sites."""
        with _database().reading() as session:
            person = find_person(session, current_actor(), user_id, _now())
            return person_shown(person) | {"sites_named": sites_of(session, person)}

    @requires(Permission.MANAGE_ACCOUNTS)
    @section.takes(ChangedUserSchema)
    @section.gives(UserSchema)
    def patch(self, body: dict[str, Any], user_id: int) -> dict[str, Any]:
        """Change what is named of an account."""
        with _database().writing() as session:
            return person_shown(change_account(session, current_actor(), user_id, body, _now()))


@section.route("/users/<int:user_id>/password")
class UserPassword(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_ACCOUNTS)
    @section.takes(NothingSchema)
    @section.gives(GivenPasswordSchema)
    def post(self, body: dict[str, Any], user_id: int) -> dict[str, Any]:
        """Give an account a new random password, told this once; whoever was signed in is out."""
        with _database().writing() as session:
            return _with_password(give_password(session, current_actor(), user_id, _now()))


@section.route("/users/<int:user_id>/closing")
class UserClosing(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_ACCOUNTS)
    @section.takes(NoteSchema)
    @section.gives(UserSchema)
    def post(self, body: dict[str, Any], user_id: int) -> dict[str, Any]:
        """Close an account: it is signed out everywhere, and its history stays."""
        with _database().writing() as session:
            actor, note = current_actor(), body["note"]
            return person_shown(close_account(session, actor, user_id, note, _now()))


@section.route("/users/<int:user_id>/reopening")
class UserReopening(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_ACCOUNTS)
    @section.takes(NoteSchema)
    @section.gives(UserSchema)
    def post(self, body: dict[str, Any], user_id: int) -> dict[str, Any]:
        """Let a closed account sign in again, with the password that it had."""
        with _database().writing() as session:
            actor, note = current_actor(), body["note"]
            return person_shown(reopen_account(session, actor, user_id, note, _now()))


@section.route("/users/<int:user_id>/sessions")
class UserSessions(Resource):  # type: ignore[misc]
    @requires(Permission.MANAGE_ACCOUNTS)
    @section.gives_file("application/json", "已全部退出", status=204)
    def delete(self, user_id: int) -> Response:
        """Sign an account out everywhere: cookies, tokens, remembered Basic, keys of Collect."""
        with _database().writing() as session:
            sign_out_account(session, current_actor(), user_id, _now())
        return Response(status=204)


@section.route("/account-log")
class AccountLog(Resource):  # type: ignore[misc]
    @requires(Permission.READ_ACCOUNTS)
    @section.takes(AccountLogQuery, "query")
    @section.gives(AccountLogSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """What was done to the accounts of the caller's area, the newest first."""
        with _database().reading() as session:
            rows = account_log(
                session,
                current_actor(),
                query.get("user"),
                before_id=read_cursor(query.get("cursor")),
                limit=query["limit"],
            )
        page = page_of(rows, query["limit"])
        items = [{**row._mapping, "deed_name": AccountDeed(row.deed).chinese} for row in page.items]
        return {"items": items, "next_cursor": page.next_cursor}


@section.route("/organisations")
class Organisations(Resource):  # type: ignore[misc]
    @requires(Permission.READ_ACCOUNTS)
    @section.gives(OrganisationsSchema)
    def get(self) -> dict[str, Any]:
        """The offices that an account may speak for."""
        with _database().reading() as session:
            return {"items": organisations(session)}


def person_shown(person: Person) -> dict[str, Any]:
    """An account as its schema takes it."""
    return vars(person.actor) | {
        "area_name": person.area,
        "organisation": person.organisation_code,
        "created_at": person.created_at,
        "closed_at": person.closed_at,
        "sign_ins": person.sign_ins,
        "seen_at": person.seen_at,
    }


def _with_password(given: WithPassword) -> dict[str, Any]:
    return {"user": person_shown(given.person), "password": given.password}


def _now() -> Any:
    return current_app.extensions["clock"].now()


def _database() -> Database:
    return cast(Database, current_app.extensions["database"])
