#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/sealed_at.hpp"
#include "events/login.hpp"

namespace pakashop {

/// So many wrong passwords or codes within that time lock the login (api.md, "Repeats and limits").
constexpr std::size_t login_failures_max = 10;
constexpr Duration login_failure_window = minutes(15);
/// Sessions a login has at once; one more ends the one that would expire first.
constexpr std::size_t sessions_max = 256;

/// One e-mail address's credentials and sessions. Verifying a password or a code happens before;
/// this decides what it means. Stream: login:<HMAC(e-mail)>, which is also the key.
struct Login {
    /// Whose login it is; each field still sealed under the user, and opened (`open_at`) by the
    /// name it has here, which is its name in the event.
    struct Credentials {
        UserId user;
        std::vector<Role> roles;  ///< Those of the registration; live ones stand with the user.
        SealedAt<PublicText> email;
        SealedAt<PublicText> phone;
        SealedAt<PublicText> name;
        SealedAt<PublicText> password_hash;
        static constexpr auto fields() {
            return std::tuple{
                field("user", &Credentials::user),
                field("roles", &Credentials::roles),
                field("email", &Credentials::email),
                field("phone", &Credentials::phone),
                field("name", &Credentials::name),
                field("passwordHash", &Credentials::password_hash)
            };
        }
        friend bool operator==(const Credentials&, const Credentials&) = default;
    };
    /// A session is the family of its refresh tokens.
    struct Session {
        Digest refresh_hash{};
        Instant expires_at;
        static constexpr auto fields() {
            return std::tuple{
                field("refreshHash", &Session::refresh_hash),
                field("expiresAt", &Session::expires_at)
            };
        }
        friend bool operator==(const Session&, const Session&) = default;
    };
    struct State {
        std::int64_t version = 0;  ///< Events so far.
        std::optional<Credentials> credentials;
        /// The confirmed one: it must be used. Opens as `totpSecret` if it came with the
        /// registration (version 1), as `secret` if it was offered.
        std::optional<SealedAt<PublicText>> totp_secret;
        std::optional<SealedAt<PublicText>> totp_offered;  ///< Waits to be confirmed.
        std::optional<std::int64_t> totp_step;  ///< The last one accepted; none is accepted twice.
        std::map<std::string, Session> sessions;
        std::vector<Instant> failures;  ///< The last `login_failures_max` since the last success.
        static constexpr auto fields() {
            return std::tuple{
                field("version", &State::version),
                field("credentials", &State::credentials),
                field("totpSecret", &State::totp_secret),
                field("totpOffered", &State::totp_offered),
                field("totpStep", &State::totp_step),
                field("sessions", &State::sessions),
                field("failures", &State::failures)
            };
        }
        friend bool operator==(const State&, const State&) = default;
    };

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
    /// The password (and code) were right; failures are forgotten. A code's step is accepted once:
    /// steps only grow (P5). With a confirmed second factor there must be one.
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
    /// Rotates the refresh token. The presented one must be proven to be one that we gave out for
    /// this session: if it is not the current one, it was used before, and that ends the session,
    /// which is an event with reused = true. No such session: token_invalid.
    struct Refresh {
        SessionId session;
        Digest presented_hash;
        Digest refresh_hash;
        Duration ttl;
        Instant now;
    };
    /// Ends a session; total.
    struct Logout {
        SessionId session;
        Instant now;
    };
    /// Offers a second factor; a confirmed one is replaced only by confirming the new one. Each
    /// offer replaces the one before, and a repeat is known by its command id only.
    struct OfferTotp {
        Sealed<PublicText> secret;
        Instant now;
    };
    /// Confirms the offered one, if its code was right: it has a step then. Nothing offered, but
    /// one confirmed: already so.
    struct ConfirmTotp {
        std::optional<std::int64_t> totp_step;
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
static_assert(Decider<Login>);
static_assert(lists_every_member<Login::State>);
static_assert(lists_every_member<Login::Credentials>);
static_assert(lists_every_member<Login::Session>);

/// Whether the session stands, and with it every access token of it (P6).
bool session_live(const Login::State& state, const SessionId& session, Instant now);

/// Failures since the last success that lie within the window; `login_failures_max` at most.
std::size_t login_failures(const Login::State& state, Instant now);

/// Whether a password may be tried at all: fewer than `login_failures_max` failures within the
/// window.
bool login_open(const Login::State& state, Instant now);

}  // namespace pakashop
