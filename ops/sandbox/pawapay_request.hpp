/// Reading what a client asks of pawaPay: shapes, names and amounts, without any state.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/sandbox/amount.hpp"

namespace pakashop::sandbox {

/// One of the three movements of money.
enum class Operation { deposit, payout, refund };

/// "deposit", "payout", "refund".
[[nodiscard]] std::string_view to_text(Operation operation);

/// "depositId", "payoutId", "refundId".
[[nodiscard]] std::string_view id_field(Operation operation);

/// A refusal in pawaPay's words. Status 200 means REJECTED for a reason of business, 4xx that the
/// request itself is wrong.
struct Refused {
    int status = 200;
    std::string code;
    std::string message;
    std::string id = {};  ///< The caller's id, when it could be read.
};

/// A well-formed request for a movement of money.
struct Initiation {
    Operation operation = Operation::deposit;
    std::string id;
    std::string phone;            ///< Empty in a refund.
    std::string operator_code;    ///< Empty in a refund.
    std::optional<Ngwee> amount;  ///< A refund may leave it out: all that is left.
    std::string currency = "ZMW";
    std::string deposit;  ///< What a refund gives back.
    std::string client_reference;
    std::string customer_message;
    std::string metadata;  ///< One JSON object made of the array sent; empty when none was.
};

/// Reads one request body. Checks in this order: JSON, unknown fields, missing fields, shapes;
/// then currency, provider, phone number, amount, whose refusals come with status 200.
[[nodiscard]] std::expected<Initiation, Refused>
read_initiation(Operation operation, std::string_view body);

/// The bodies in a bulk request, each as text; refuses anything but an array of 1 to 20 objects.
[[nodiscard]] std::expected<std::vector<std::string>, Refused> read_bulk(std::string_view body);

/// Whether the text is a Zambian mobile number in pawaPay's spelling: 260 and nine digits.
[[nodiscard]] bool is_zambian_number(std::string_view digits);

/// The operator a Zambian number belongs to by its prefix; empty when none does.
[[nodiscard]] std::string_view operator_by_prefix(std::string_view digits);

/// The smallest and the largest amount of one transaction, in each direction.
inline constexpr Ngwee amount_min = 1;
inline constexpr Ngwee amount_max = 1'000'000'00;

}  // namespace pakashop::sandbox
