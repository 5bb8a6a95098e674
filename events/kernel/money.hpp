#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pakashop {

/// An amount of Zambian kwacha in whole ngwee (1 ZMW = 100 ngwee); may be negative (PRC-05, C-42).
struct Money {
    std::int64_t ngwee = 0;
    friend auto operator<=>(Money, Money) = default;
};

/// The largest single amount a request may name, just under 100 milliard kwacha: eleven digits and
/// two. A line or an order that comes to more is refused.
constexpr Money amount_max{9'999'999'999'999};

/// Checked arithmetic: nothing when the result does not fit.
std::optional<Money> checked_add(Money a, Money b);
std::optional<Money> checked_times(Money unit, std::int64_t count);

/// The same where a bound is already known; an overflow is a bug and stops the program.
Money operator+(Money a, Money b);
Money operator-(Money a, Money b);
Money operator*(Money unit, std::int64_t count);
Money sum(std::span<const Money> parts);

/// A share in millionths: 0.05 is 50,000. Exact for every rate of up to six decimals.
struct Rate {
    std::int64_t ppm = 0;
    friend auto operator<=>(Rate, Rate) = default;
};

/// The program's one rounding: amount × numerator / denominator, half away from zero (C-42).
/// The denominator is positive.
Money proportion(Money amount, std::int64_t numerator, std::int64_t denominator);

/// `rate` of `amount`, rounded half up.
Money operator*(Money amount, Rate rate);

/// The VAT inside a VAT-inclusive amount: gross × rate / (1 + rate) (PRC-03: 5,000.00 → 689.66).
Money vat_inside(Money gross, Rate rate);

/// Divides `whole` by `weights` so that the parts add up to it exactly (largest remainder; ties go
/// to the earlier part). Weights are not negative and not all zero; whole is not negative.
std::vector<Money> allocate(Money whole, std::span<const std::int64_t> weights);

/// `5000.00`: always two decimals, a leading minus when negative.
std::string to_decimal(Money amount);
/// Reads digits with at most two decimals and an optional minus; nothing for any other text
/// (`1e3`, `1,00`, `.5`, `5.`, `00.5`, three decimals) and beyond what int64 ngwee holds.
std::optional<Money> parse_decimal(std::string_view text);

/// `0.05`: as few decimals as needed, at least one digit before the point.
std::string to_decimal(Rate rate);
/// Reads a rate from 0 to 1 with at most six decimals; nothing otherwise.
std::optional<Rate> parse_rate(std::string_view text);

}  // namespace pakashop
