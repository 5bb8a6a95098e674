#include "projections/people.hpp"

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges registered(const EventMeta& meta, const LoginRegistered& e) {
    return {insert(
        tables::people,
        {{"id", e.user.value},
         {"login", std::string{meta.key}},
         {"email", opened(e.email)},
         {"phone", opened(e.phone)},
         {"name", opened(e.name)},
         {"totp_enrolled", e.totp_secret.has_value()},
         {"created_at", e.at}}
    )};
}

RowChanges of_login(const EventMeta& meta, const LoginEvent& event) {
    return match(
        event,
        [&](const LoginRegistered& e) { return registered(meta, e); },
        [](const TotpConfirmed& e) {
            return RowChanges{patch(tables::people, {e.user.value}, {{"totp_enrolled", true}})};
        },
        [](const OneOf<
            LoginSucceeded,
            LoginFailed,
            SessionRefreshed,
            SessionEnded,
            TotpOffered> auto&) { return RowChanges{}; }
    );
}

RowChange granted(const UserId& user, Role role, const PublicText& because, Instant at) {
    return insert(
        tables::user_roles,
        {{"user_id", user.value}, {"role", word(role)}, {"because", because}, {"granted_at", at}}
    );
}

RowChanges registered(const UserRegistered& e) {
    RowChanges out;
    for (const Role role : e.roles) out.push_back(granted(e.user, role, "", e.at));
    return out;
}

RowChanges of_user(const EventMeta& meta, const UserEvent& event) {
    return match(
        event,
        [](const UserRegistered& e) { return registered(e); },
        [&](const RoleGranted& e) {
            return RowChanges{granted(e.user, e.role, e.because, meta.at)};
        },
        [](const RoleRevoked& e) {
            return RowChanges{remove(tables::user_roles, {e.user.value, word(e.role), e.because})};
        }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* login = std::get_if<LoginEvent>(&event)) return of_login(meta, *login);
    if (const auto* user = std::get_if<UserEvent>(&event)) return of_user(meta, *user);
    return {};
}

constexpr std::array own_tables{&tables::people, &tables::user_roles};
constexpr std::array<std::string_view, 2> families{"login", "user"};

}  // namespace

constinit const Projection people_projection{"people", own_tables, families, project};

}  // namespace pakashop::model
