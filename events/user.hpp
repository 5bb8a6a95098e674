#pragma once

#include <variant>

#include "events/login.hpp"

/// A person. Key: the user.
namespace pakashop {

/// A person joined; who they are stands, sealed, with their login.
struct UserRegistered {
    static constexpr std::string_view type = "user.registered.v1";  // Stored for ever.
    UserId user;
    PublicText login;
    std::vector<Role> roles;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &UserRegistered::user),
            unpublished("login", &UserRegistered::login),
            field("roles", &UserRegistered::roles),
            field("at", &UserRegistered::at)
        };
    }
    friend bool operator==(const UserRegistered&, const UserRegistered&) = default;
};
static_assert(lists_every_member<UserRegistered>);

/// The person may do more (C-54); `because` names the shop or application it follows from.
struct RoleGranted {
    static constexpr std::string_view type = "user.role_granted.v1";  // Stored for ever.
    UserId user;
    Role role{};
    PublicText because;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &RoleGranted::user),
            field("role", &RoleGranted::role),
            field("because", &RoleGranted::because)
        };
    }
    friend bool operator==(const RoleGranted&, const RoleGranted&) = default;
};
static_assert(lists_every_member<RoleGranted>);

/// The person may do less.
struct RoleRevoked {
    static constexpr std::string_view type = "user.role_revoked.v1";  // Stored for ever.
    UserId user;
    Role role{};
    PublicText because;
    static constexpr auto fields() {
        return std::tuple{
            field("user", &RoleRevoked::user),
            field("role", &RoleRevoked::role),
            field("because", &RoleRevoked::because)
        };
    }
    friend bool operator==(const RoleRevoked&, const RoleRevoked&) = default;
};
static_assert(lists_every_member<RoleRevoked>);

/// Every event of this family; the variant is the registry.
using UserEvent = std::variant<UserRegistered, RoleGranted, RoleRevoked>;

}  // namespace pakashop
