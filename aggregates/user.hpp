#pragma once

#include "aggregates/decider.hpp"
#include "events/user.hpp"

namespace pakashop {

/// A person and what they may do (C-27, C-54).
/// Stream: user:<user>; key: the user.
struct User {
    struct State {
        UserId user;
        PublicText login;         ///< The stream of the person's login; empty before registration.
        std::vector<Role> roles;  ///< Each once, in the order they came.

        bool has(Role role) const;
        static constexpr auto fields() {
            return std::tuple{
                field("user", &State::user),
                field("login", &State::login),
                field("roles", &State::roles)
            };
        }
        friend bool operator==(const State&, const State&) = default;
    };

    /// From the process on LoginRegistered; total. CUSTOMER is always among the roles.
    struct Register {
        UserId user;
        PublicText login;
        std::vector<Role> roles;
        Instant now;
    };
    /// Total; it may come before the registration. SYSTEM is nobody's role.
    struct Grant {
        UserId user;
        Role role;
        PublicText because;
    };
    /// Total. CUSTOMER stays.
    struct Revoke {
        UserId user;
        Role role;
        PublicText because;
    };
    using Command = std::variant<Register, Grant, Revoke>;

    using Event = UserEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal { not_found };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 1>{"not_found"};
    }

    static constexpr std::string_view category = "user";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};
static_assert(Decider<User>);
static_assert(lists_every_member<User::State>);

}  // namespace pakashop
