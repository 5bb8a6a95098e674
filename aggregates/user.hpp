#pragma once

#include "aggregates/decider.hpp"
#include "events/user.hpp"

namespace pakashop {

/// A person and what they may do (C-27, C-54).
/// Stream: user:<user>; key: the user.
struct User {
    // STATE

    /// From the process on LoginRegistered; total. CUSTOMER is always among the roles.
    struct Register {
        UserId user;
        PublicText login;
        std::vector<Role> roles;
        Instant now;
    };
    /// Total.
    struct Grant {
        UserId user;
        Role role;
        PublicText because;
    };
    /// Total.
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

}  // namespace pakashop
