#include "events/kernel/money.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

constexpr std::int64_t ppm_one = 1'000'000;

// A product of two int64 needs twice the width.
__extension__ using Wide = __int128;

// Splits "12.34" into 12 and 34 with `places` digits after the point; minus signs are not read
// here.
std::optional<std::int64_t> parse_scaled(std::string_view text, int places) {
    const auto point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    std::string_view fraction;
    if (point != std::string_view::npos) {
        fraction = text.substr(point + 1);
        if (fraction.empty()) return std::nullopt;
    }
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
    if (fraction.size() > static_cast<std::size_t>(places)) return std::nullopt;
    std::string digits{whole};
    digits += fraction;
    digits.append(static_cast<std::size_t>(places) - fraction.size(), '0');
    if (digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc{}) return std::nullopt;
    return value;
}

}  // namespace

std::optional<Money> checked_add(Money a, Money b) {
    Money out;
    if (__builtin_add_overflow(a.ngwee, b.ngwee, &out.ngwee)) return std::nullopt;
    return out;
}

std::optional<Money> checked_times(Money unit, std::int64_t count) {
    Money out;
    if (__builtin_mul_overflow(unit.ngwee, count, &out.ngwee)) return std::nullopt;
    return out;
}

Money operator+(Money a, Money b) {
    const auto total = checked_add(a, b);
    require(total.has_value(), "a sum of money fits int64");
    return *total;
}

Money operator-(Money a, Money b) {
    Money out;
    require(!__builtin_sub_overflow(a.ngwee, b.ngwee, &out.ngwee), "a difference fits int64");
    return out;
}

Money operator*(Money unit, std::int64_t count) {
    const auto product = checked_times(unit, count);
    require(product.has_value(), "a product of money fits int64");
    return *product;
}

Money sum(std::span<const Money> parts) {
    return std::accumulate(parts.begin(), parts.end(), Money{});
}

Money proportion(Money amount, std::int64_t numerator, std::int64_t denominator) {
    require(denominator > 0, "a proportion has a positive denominator");
    const Wide scaled = static_cast<Wide>(amount.ngwee) * numerator;
    const Wide half = denominator / 2;
    // An odd denominator has no exact half, so adding its floor rounds correctly as well.
    const Wide rounded =
        scaled >= 0 ? (scaled + half) / denominator : -((-scaled + half) / denominator);
    const auto out = static_cast<std::int64_t>(rounded);
    require(out == rounded, "a proportion fits int64");
    return {out};
}

Money operator*(Money amount, Rate rate) { return proportion(amount, rate.ppm, ppm_one); }

Money vat_inside(Money gross, Rate rate) { return proportion(gross, rate.ppm, ppm_one + rate.ppm); }

std::vector<Money> allocate(Money whole, std::span<const std::int64_t> weights) {
    Wide total = 0;
    for (const std::int64_t weight : weights) {
        require(weight >= 0, "a weight is not negative");
        total += weight;
    }
    require(total > 0 && whole.ngwee >= 0, "there is something to divide by");
    std::vector<Money> parts;
    std::vector<Wide> remainders;
    std::int64_t left = whole.ngwee;
    for (const std::int64_t weight : weights) {
        const Wide scaled = static_cast<Wide>(whole.ngwee) * weight;
        parts.push_back({static_cast<std::int64_t>(scaled / total)});
        remainders.push_back(scaled % total);
        left -= parts.back().ngwee;
    }
    std::vector<std::size_t> order(parts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
    });
    for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order[i]].ngwee;
    return parts;
}

std::string to_decimal(Money amount) {
    const bool negative = amount.ngwee < 0;
    // Through unsigned, so that the smallest int64 has a magnitude too.
    const std::uint64_t magnitude = negative ? ~static_cast<std::uint64_t>(amount.ngwee) + 1
                                             : static_cast<std::uint64_t>(amount.ngwee);
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, magnitude / 100).ptr;
    std::string out = negative ? "-" : "";
    out.append(digits, end);
    out += '.';
    out += static_cast<char>('0' + magnitude % 100 / 10);
    out += static_cast<char>('0' + magnitude % 10);
    return out;
}

std::optional<Money> parse_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    const auto magnitude = parse_scaled(negative ? text.substr(1) : text, 2);
    if (!magnitude) return std::nullopt;
    return Money{negative ? -*magnitude : *magnitude};
}

std::string to_decimal(Rate rate) {
    std::string fraction = std::to_string(rate.ppm % ppm_one);
    fraction.insert(0, 6 - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    const std::string whole = std::to_string(rate.ppm / ppm_one);
    return fraction.empty() ? whole : whole + "." + fraction;
}

std::optional<Rate> parse_rate(std::string_view text) {
    const auto ppm = parse_scaled(text, 6);
    if (!ppm || *ppm > ppm_one) return std::nullopt;
    return Rate{*ppm};
}

}  // namespace pakashop
