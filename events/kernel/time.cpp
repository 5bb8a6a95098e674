#include "events/kernel/time.hpp"

namespace pakashop {
namespace {

constexpr std::int64_t ms_per_day = 86'400'000;
constexpr Duration lusaka_offset = hours(2);

// What four digits and PostgreSQL can both say.
constexpr Instant first_instant{-62'135'596'800'000};  // 0001-01-01T00:00:00.000Z
constexpr Instant last_instant{253'402'300'799'999};   // 9999-12-31T23:59:59.999Z

struct Civil {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

// Days since 1970-01-01 and civil dates, counted in eras of 400 years that begin on 1 March.
Civil civil_of(std::int64_t days) {
    days += 719'468;
    const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month_from_march = (5 * day_of_year + 2) / 153;
    const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2), month, day};
}

std::int64_t days_of(Civil date) {
    const std::int64_t year = date.year - (date.month <= 2);
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
    const unsigned day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + static_cast<std::int64_t>(day_of_era) - 719'468;
}

std::int64_t floor_days(std::int64_t ms) {
    return ms >= 0 ? ms / ms_per_day : (ms - ms_per_day + 1) / ms_per_day;
}

void put_digits(std::string& out, std::int64_t value, int width) {
    char digits[20];
    for (int i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
    out.append(digits, static_cast<std::size_t>(width));
}

/// Reads fixed-width numbers and single characters from the front of a text.
struct Scanner {
    std::string_view rest;
    bool good = true;

    int number(std::size_t width) {
        int value = 0;
        if (rest.size() < width) return fail();
        for (std::size_t i = 0; i < width; ++i) {
            if (rest[i] < '0' || rest[i] > '9') return fail();
            value = value * 10 + (rest[i] - '0');
        }
        rest.remove_prefix(width);
        return value;
    }
    void literal(char expected) {
        const bool lower_t = expected == 'T' && next_is('t');
        if (!next_is(expected) && !lower_t) {
            fail();
            return;
        }
        rest.remove_prefix(1);
    }
    bool next_is(char c) const { return !rest.empty() && rest.front() == c; }
    int fail() {
        good = false;
        return 0;
    }
};

// Digits beyond the third are cut off: milliseconds are our finest unit.
int scan_fraction_ms(Scanner& in) {
    if (!in.next_is('.')) return 0;
    in.rest.remove_prefix(1);
    int ms = 0;
    int digits = 0;
    while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
        if (digits < 3) ms = ms * 10 + (in.rest.front() - '0');
        ++digits;
        in.rest.remove_prefix(1);
    }
    if (digits == 0) in.fail();
    for (; digits < 3; ++digits) ms *= 10;
    return ms;
}

Duration scan_zone(Scanner& in) {
    if (in.next_is('Z') || in.next_is('z')) {
        in.rest.remove_prefix(1);
        return {};
    }
    const bool west = in.next_is('-');
    if (!west && !in.next_is('+')) in.fail();
    if (!in.good) return {};
    in.rest.remove_prefix(1);
    const int hour = in.number(2);
    in.literal(':');
    const int minute = in.number(2);
    if (hour > 23 || minute > 59) in.fail();
    const Duration span = minutes(hour * 60 + minute);
    return west ? Duration{-span.ms} : span;
}

unsigned days_in_month(std::int64_t year, unsigned month) {
    constexpr unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : lengths[month - 1];
}

}  // namespace

void append_rfc3339(std::string& out, Instant at) {
    const std::int64_t days = floor_days(at.ms);
    const std::int64_t in_day = at.ms - days * ms_per_day;
    const Civil date = civil_of(days);
    put_digits(out, date.year, 4);
    out += '-';
    put_digits(out, date.month, 2);
    out += '-';
    put_digits(out, date.day, 2);
    out += 'T';
    put_digits(out, in_day / 3'600'000, 2);
    out += ':';
    put_digits(out, in_day / 60'000 % 60, 2);
    out += ':';
    put_digits(out, in_day / 1000 % 60, 2);
    out += '.';
    put_digits(out, in_day % 1000, 3);
    out += 'Z';
}

std::string to_rfc3339(Instant at) {
    std::string out;
    out.reserve(24);
    append_rfc3339(out, at);
    return out;
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
    Scanner in{text};
    const int year = in.number(4);
    in.literal('-');
    const auto month = static_cast<unsigned>(in.number(2));
    in.literal('-');
    const auto day = static_cast<unsigned>(in.number(2));
    in.literal('T');
    const int hour = in.number(2);
    in.literal(':');
    const int minute = in.number(2);
    in.literal(':');
    const int second = in.number(2);
    const int fraction_ms = scan_fraction_ms(in);
    const Duration zone = scan_zone(in);
    if (!in.good || !in.rest.empty()) return std::nullopt;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const Instant local{
        days_of({year, month, day}) * ms_per_day + hour * 3'600'000LL + minute * 60'000LL +
        second * 1000LL + fraction_ms
    };
    const Instant at = local - zone;
    if (at < first_instant || at > last_instant) return std::nullopt;
    return at;
}

std::string lusaka_day(Instant at) {
    const std::string text = to_rfc3339(at + lusaka_offset);
    return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
}

}  // namespace pakashop
