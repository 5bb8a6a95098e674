#include "aggregates/user.hpp"

#include <algorithm>

namespace pakashop {
namespace {

// CUSTOMER first, each role once (C-54). SYSTEM speaks for no person (C-27).
std::vector<Role> roles_of_a_person(const std::vector<Role>& asked) {
    std::vector<Role> roles{Role::customer};
    for (const Role role : asked) {
        if (role != Role::system && std::ranges::find(roles, role) == roles.end())
            roles.push_back(role);
    }
    return roles;
}

void add_role(User::State& state, Role role) {
    if (!state.has(role)) state.roles.push_back(role);
}

}  // namespace

bool User::State::has(Role role) const { return std::ranges::find(roles, role) != roles.end(); }

Result<User::Events, User::Refusal> User::decide(const State& state, const Command& command) {
    using Decision = Result<Events, Refusal>;
    return match(
        command,
        [&](const Register& c) -> Decision {
            if (!state.login.empty()) return Events{};
            return Events{UserRegistered{c.user, c.login, roles_of_a_person(c.roles), c.now}};
        },
        [&](const Grant& c) -> Decision {
            if (state.has(c.role) || c.role == Role::system) return Events{};
            return Events{RoleGranted{c.user, c.role, c.because}};
        },
        [&](const Revoke& c) -> Decision {
            if (!state.has(c.role) || c.role == Role::customer) return Events{};
            return Events{RoleRevoked{c.user, c.role, c.because}};
        }
    );
}

User::State User::evolve(State state, const Event& event) {
    match(
        event,
        [&](const UserRegistered& e) {
            state.user = e.user;
            state.login = e.login;
            for (const Role role : e.roles) add_role(state, role);
        },
        [&](const RoleGranted& e) {
            state.user = e.user;
            add_role(state, e.role);
        },
        [&](const RoleRevoked& e) { std::erase(state.roles, e.role); }
    );
    return state;
}

}  // namespace pakashop
