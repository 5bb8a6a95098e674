#pragma once

#include <variant>

#include "events/words.hpp"

/// Flags and run-time settings. Key: the name of the flag set (CFG-01).
namespace pakashop {

/// One setting has a new value, by somebody (CFG-06).
struct SettingChanged {
    static constexpr std::string_view type = "config.setting_changed.v1";  // Stored for ever.
    PublicText name;
    PublicText value;
    UserId by;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("name", &SettingChanged::name),
            field("value", &SettingChanged::value),
            field("by", &SettingChanged::by),
            field("at", &SettingChanged::at)
        };
    }
    friend bool operator==(const SettingChanged&, const SettingChanged&) = default;
};
static_assert(lists_every_member<SettingChanged>);

/// Every event of this family; the variant is the registry.
using ConfigEvent = std::variant<SettingChanged>;

}  // namespace pakashop
