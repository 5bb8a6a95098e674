#pragma once

#include <variant>

#include "events/words.hpp"

/// One e-mail address's way in: password, sessions, second factor. Key: login:<HMAC(e-mail)>.
namespace pakashop {

/// What a person may do; everybody is a customer as well (C-27, C-54).
enum class Role {
    customer,
    shop_owner,
    delivery_agent,
    fleet_manager,
    platform_admin,
    moderator,
    fraud_analyst,
    finance_admin,
    support_agent,
    system
};
constexpr auto enum_names(Role) {
    return std::array<std::string_view, 10>{
        "CUSTOMER",
        "SHOP_OWNER",
        "DELIVERY_AGENT",
        "FLEET_MANAGER",
        "PLATFORM_ADMIN",
        "MODERATOR",
        "FRAUD_ANALYST",
        "FINANCE_ADMIN",
        "SUPPORT_AGENT",
        "SYSTEM"
    };
}
/// Roles that move money or see others' data, and so need a second factor (C-27).
constexpr bool needs_second_factor(Role role) {
    return role == Role::platform_admin || role == Role::moderator || role == Role::fraud_analyst ||
           role == Role::finance_admin || role == Role::support_agent;
}

/// The address belongs to this user from now on (architecture 2.1).
struct LoginRegistered {
    static constexpr std::string_view type = "login.registered.v1";  // Stored for ever.
    UserId user;
    Sealed<PublicText> email;
    Sealed<PublicText> phone;
    Sealed<PublicText> name;
    Sealed<PublicText> password_hash;
    std::vector<Role> roles;
    std::optional<Sealed<PublicText>> totp_secret;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &LoginRegistered::user),
            field("email", &LoginRegistered::email),
            field("phone", &LoginRegistered::phone),
            field("name", &LoginRegistered::name),
            field("passwordHash", &LoginRegistered::password_hash),
            field("roles", &LoginRegistered::roles),
            field("totpSecret", &LoginRegistered::totp_secret),
            field("at", &LoginRegistered::at)
        };
    }
    friend bool operator==(const LoginRegistered&, const LoginRegistered&) = default;
};
static_assert(lists_every_member<LoginRegistered>);

/// A session began; the refresh token is known by its hash only.
struct LoginSucceeded {
    static constexpr std::string_view type = "login.succeeded.v1";  // Stored for ever.
    UserId user;
    SessionId session;
    Digest refresh_hash;
    std::optional<std::int64_t> totp_step;
    Instant expires_at;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &LoginSucceeded::user),
            field("session", &LoginSucceeded::session),
            field("refreshHash", &LoginSucceeded::refresh_hash),
            field("totpStep", &LoginSucceeded::totp_step),
            field("expiresAt", &LoginSucceeded::expires_at),
            field("at", &LoginSucceeded::at)
        };
    }
    friend bool operator==(const LoginSucceeded&, const LoginSucceeded&) = default;
};
static_assert(lists_every_member<LoginSucceeded>);

/// A wrong password or code; durable before its answer.
struct LoginFailed {
    static constexpr std::string_view type = "login.failed.v1";  // Stored for ever.
    UserId user;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{field("user", &LoginFailed::user), field("at", &LoginFailed::at)};
    }
    friend bool operator==(const LoginFailed&, const LoginFailed&) = default;
};
static_assert(lists_every_member<LoginFailed>);

/// The refresh token rotated.
struct SessionRefreshed {
    static constexpr std::string_view type = "login.session_refreshed.v1";  // Stored for ever.
    SessionId session;
    Digest refresh_hash;
    Instant expires_at;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("session", &SessionRefreshed::session),
            field("refreshHash", &SessionRefreshed::refresh_hash),
            field("expiresAt", &SessionRefreshed::expires_at),
            field("at", &SessionRefreshed::at)
        };
    }
    friend bool operator==(const SessionRefreshed&, const SessionRefreshed&) = default;
};
static_assert(lists_every_member<SessionRefreshed>);

/// Logged out, or a used refresh token came back and ended the family.
struct SessionEnded {
    static constexpr std::string_view type = "login.session_ended.v1";  // Stored for ever.
    SessionId session;
    bool reused = false;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("session", &SessionEnded::session),
            field("reused", &SessionEnded::reused),
            field("at", &SessionEnded::at)
        };
    }
    friend bool operator==(const SessionEnded&, const SessionEnded&) = default;
};
static_assert(lists_every_member<SessionEnded>);

/// A second factor waits to be confirmed.
struct TotpOffered {
    static constexpr std::string_view type = "login.totp_offered.v1";  // Stored for ever.
    UserId user;
    Sealed<PublicText> secret;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &TotpOffered::user),
            field("secret", &TotpOffered::secret),
            field("at", &TotpOffered::at)
        };
    }
    friend bool operator==(const TotpOffered&, const TotpOffered&) = default;
};
static_assert(lists_every_member<TotpOffered>);

/// The second factor counts from now on.
struct TotpConfirmed {
    static constexpr std::string_view type = "login.totp_confirmed.v1";  // Stored for ever.
    UserId user;
    std::int64_t totp_step = 0;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &TotpConfirmed::user),
            field("totpStep", &TotpConfirmed::totp_step),
            field("at", &TotpConfirmed::at)
        };
    }
    friend bool operator==(const TotpConfirmed&, const TotpConfirmed&) = default;
};
static_assert(lists_every_member<TotpConfirmed>);

/// Every event of this family; the variant is the registry.
using LoginEvent = std::variant<
    LoginRegistered,
    LoginSucceeded,
    LoginFailed,
    SessionRefreshed,
    SessionEnded,
    TotpOffered,
    TotpConfirmed>;

}  // namespace pakashop
