#pragma once

#include "aggregates/decider.hpp"
#include "events/login.hpp"

namespace pakashop {

/// One e-mail address's credentials and sessions. Verifying a password or a code happens before;
/// this decides what it means. Stream: login:<HMAC(e-mail)>, which is also the key.
struct Login {
    // STATE

    /// Takes the address; taken by another user: email_taken.
    struct Register {
        UserId user;
        Sealed<PublicText> email;
        Sealed<PublicText> phone;
        Sealed<PublicText> name;
        Sealed<PublicText> password_hash;
        std::vector<Role> roles;
        std::optional<Sealed<PublicText>> totp_secret;
        Instant now;
    };
    /// The password (and code) were right. A code's step is accepted once (P5).
    struct Succeed {
        SessionId session;
        Digest refresh_hash;
        std::optional<std::int64_t> totp_step;
        Duration ttl;
        Instant now;
    };
    /// They were not; the tenth in 15 minutes makes rate_limited.
    struct Fail {
        Instant now;
    };
    /// Rotates the refresh token; a used one ends the session, which is an event with reused =
    /// true.
    struct Refresh {
        SessionId session;
        Digest presented_hash;
        Digest refresh_hash;
        Duration ttl;
        Instant now;
    };
    /// Ends a session.
    struct Logout {
        SessionId session;
        Instant now;
    };
    /// Offers a second factor; a confirmed one is replaced only by confirming the new one.
    struct OfferTotp {
        Sealed<PublicText> secret;
        Instant now;
    };
    /// Confirms the offered one.
    struct ConfirmTotp {
        std::int64_t totp_step;
        Instant now;
    };
    using Command = std::variant<Register, Succeed, Fail, Refresh, Logout, OfferTotp, ConfirmTotp>;

    using Event = LoginEvent;
    using Events = std::vector<Event>;

    /// Why not; named like the api's problem codes.
    enum class Refusal {
        email_taken,
        credentials_wrong,
        rate_limited,
        token_invalid,
        second_factor_wrong,
        not_found
    };
    friend constexpr auto enum_names(Refusal) {
        return std::array<std::string_view, 6>{
            "email_taken",
            "credentials_wrong",
            "rate_limited",
            "token_invalid",
            "second_factor_wrong",
            "not_found"
        };
    }

    static constexpr std::string_view category = "login";
    static Result<Events, Refusal> decide(const State& state, const Command& command);
    static State evolve(State state, const Event& event);
};

}  // namespace pakashop
