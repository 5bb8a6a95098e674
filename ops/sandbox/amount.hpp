/// Amounts of kwacha as whole ngwee, read from and written as decimal text.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace pakashop::sandbox {

/// One hundredth of a kwacha.
using Ngwee = std::int64_t;

/// Why a text is no amount.
enum class AmountFault {
    malformed,    ///< Sign, leading zero, bare point, letters, empty or longer than 23.
    too_precise,  ///< More than the two places Zambian wallets know.
    too_large,    ///< More than 15 digits before the point.
};

/// Reads "5", "5.0", "5.00" or "0.5"; refuses "", "5.", ".5", "00.5", "-5" and "5.555"
/// (the amount rules of pawaPay).
[[nodiscard]] std::expected<Ngwee, AmountFault> parse_amount(std::string_view text);

/// "5000.00": two places always.
[[nodiscard]] std::string format_amount(Ngwee amount);

}  // namespace pakashop::sandbox
