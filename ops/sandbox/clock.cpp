#include "ops/sandbox/clock.hpp"

#include <charconv>
#include <chrono>

#include <fmt/format.h>

#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

namespace chrono = std::chrono;

constexpr Instant day_ms = 86'400'000;

struct Split {
    chrono::year_month_day date;
    Instant in_day;
};

Split split(Instant at) {
    Instant days = at / day_ms;
    if (at % day_ms < 0) --days;
    return {chrono::year_month_day{chrono::sys_days{chrono::days{days}}}, at - days * day_ms};
}

/// The digits of `text` at [from, from + size); nothing when one of them is no digit.
std::optional<int> number_at(std::string_view text, std::size_t from, std::size_t size) {
    if (from + size > text.size() || !all_digits(text.substr(from, size))) return std::nullopt;
    int value = 0;
    std::from_chars(text.data() + from, text.data() + from + size, value);
    return value;
}

/// Minutes east of Greenwich of "Z", "+02:00" or "-02:00".
std::optional<int> offset_minutes(std::string_view zone) {
    if (zone == "Z" || zone == "z") return 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return {};
    const auto hours = number_at(zone, 1, 2);
    const auto minutes = number_at(zone, 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return (zone[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

std::optional<Instant> date_time(std::string_view text) {
    const auto year = number_at(text, 0, 4);
    const auto month = number_at(text, 5, 2);
    const auto day = number_at(text, 8, 2);
    const auto hour = number_at(text, 11, 2);
    const auto minute = number_at(text, 14, 2);
    const auto second = number_at(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const bool separated = text[4] == '-' && text[7] == '-' && lower(text[10]) == 't' &&
                           text[13] == ':' && text[16] == ':';
    const chrono::year_month_day date{
        chrono::year{*year},
        chrono::month{static_cast<unsigned>(*month)},
        chrono::day{static_cast<unsigned>(*day)}
    };
    if (!separated || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
    const Instant days = chrono::sys_days{date}.time_since_epoch().count();
    return days * day_ms + ((*hour * 60LL + *minute) * 60 + *second) * 1000;
}

}  // namespace

std::string rfc3339(Instant at) {
    const auto [date, in_day] = split(at);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        in_day / 3'600'000,
        in_day / 60'000 % 60,
        in_day / 1000 % 60,
        in_day % 1000
    );
}

std::string compact_date(Instant at) {
    const std::string text = rfc3339(at);
    return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
}

std::optional<Instant> parse_instant(std::string_view text) {
    constexpr std::size_t seconds_end = 19;
    if (all_digits(text) && text.size() <= 15) {
        Instant value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    const auto whole = date_time(text);
    if (!whole) return std::nullopt;
    std::string_view rest = text.substr(seconds_end);
    Instant fraction_ms = 0;
    if (rest.starts_with('.')) {
        const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
        if (end == 1) return std::nullopt;
        std::string digits{rest.substr(1, std::min<std::size_t>(end - 1, 3))};
        digits.resize(3, '0');
        fraction_ms = *number_at(digits, 0, 3);
        rest.remove_prefix(end);
    }
    const auto offset = offset_minutes(rest);
    if (!offset) return std::nullopt;
    return *whole + fraction_ms - *offset * 60'000LL;
}

}  // namespace pakashop::sandbox
