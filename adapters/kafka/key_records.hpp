#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How data keys lie in their topic, for ever. Every record that is written has a name of its own,
/// its message key:
///
///     about:<mark>                 → `1 <id of the master key>`, 1 being the format
///     key:usr_1/person#2:<mark>    → the wrapped key of that subject and number
///     end:usr_1/person#2:<mark>    → `destroyed`: keys up to that number are
///     copying:pakashop-1:<mark>    → where from: that log is not whole, nor are its keys
///
/// The mark is 16 hexadecimal digits drawn by whoever writes it. A record without a value takes
/// back the one of the same name.
namespace pakashop::kafka {

/// The name of a record.
struct KeyRecordName {
    enum class Kind { about, key, end, copying };
    Kind kind = Kind::about;
    std::string subject;       ///< None for `about`; of `copying` the log's generation.
    std::uint32_t number = 0;  ///< The `#2` of `usr_1/person#2`; only of `key` and `end`.
    std::uint64_t mark = 0;

    bool operator==(const KeyRecordName&) const = default;
    std::string text() const;
};
/// Nothing when it is no such name.
std::optional<KeyRecordName> parse_key_record_name(std::string_view text);

/// What the names of a subject's keys begin with, whatever their numbers and marks.
std::string key_names_of(std::string_view subject);

/// `usr_1/person#2`: what a data key is wrapped for.
std::string numbered(std::string_view subject, std::uint32_t number);

/// The value of an `about` record.
std::string about_value(std::string_view master_key_id);
/// The id inside; nothing when the format is another.
std::optional<std::string> master_key_in(std::string_view about);

constexpr std::string_view end_value = "destroyed";

}  // namespace pakashop::kafka
