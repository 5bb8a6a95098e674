#include "ops/sandbox/pawapay_toolkit.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "ops/sandbox/pawapay_request.hpp"
#include "ops/sandbox/text.hpp"

namespace pakashop::sandbox {
namespace {

using nlohmann::ordered_json;

struct Operator {
    std::string_view code;
    std::string_view name;
};

constexpr std::array operators{
    Operator{"MTN_MOMO_ZMB", "MTN"},
    Operator{"AIRTEL_OAPI_ZMB", "Airtel"},
    Operator{"ZAMTEL_ZMB", "Zamtel"}
};
constexpr std::array<std::string_view, 3> operation_types{"DEPOSIT", "PAYOUT", "REFUND"};

bool asks_for(const Call& call, std::string_view operation) {
    const std::string wanted = query_of(call, "operationType");
    return wanted.empty() || wanted == operation;
}

bool asks_for_zambia(const Call& call) {
    const std::string country = query_of(call, "country");
    return country.empty() || country == "ZMB";
}

ordered_json operation_terms(std::string_view operation, const Ledger& ledger) {
    const auto& settings = ledger.settings();
    const auto& url = operation == "DEPOSIT"  ? settings.deposit_url
                      : operation == "PAYOUT" ? settings.payout_url
                                              : settings.refund_url;
    return {
        {"authType", "PROVIDER_AUTH"},
        {"pinPrompt", "AUTOMATIC"},
        {"pinPromptRevivable", false},
        {"minAmount", format_amount(amount_min)},
        {"maxAmount", format_amount(amount_max)},
        {"decimalsInAmount", "TWO_PLACES"},
        {"status", "OPERATIONAL"},
        {"callbackUrl", url.value_or("")},
    };
}

ordered_json provider_terms(const Operator& op, const Call& call, const Ledger& ledger) {
    ordered_json types = ordered_json::object();
    for (const auto operation : operation_types) {
        if (asks_for(call, operation)) types[operation] = operation_terms(operation, ledger);
    }
    return {
        {"provider", op.code},
        {"displayName", op.name},
        {"nameDisplayedToCustomer", "PAKASHOP"},
        {"currencies",
         ordered_json::array({{{"currency", "ZMW"}, {"displayName", "K"}, {"operationTypes", types}}
         })},
    };
}

}  // namespace

Reply pawapay_failure(int status, std::string_view code, std::string_view message) {
    const ordered_json body{{"failureReason", {{"failureCode", code}, {"failureMessage", message}}}
    };
    return {.status = status, .body = body.dump()};
}

Reply active_configuration(const Call& call, const Ledger& ledger) {
    ordered_json countries = ordered_json::array();
    if (asks_for_zambia(call)) {
        ordered_json providers = ordered_json::array();
        for (const auto& op : operators) providers.push_back(provider_terms(op, call, ledger));
        countries.push_back({
            {"country", "ZMB"},
            {"displayName", {{"en", "Zambia"}, {"fr", "Zambie"}}},
            {"prefix", "260"},
            {"providers", providers},
        });
    }
    const auto& settings = ledger.settings();
    const ordered_json body{
        {"companyName", "Pakashop"},
        {"signatureConfiguration",
         {{"signedRequestsOnly", !settings.client_keys.value_or(std::vector<ClientKey>{}).empty()},
          {"signedCallbacks", settings.signing == "rfc9421"}}},
        {"countries", countries},
    };
    return {.body = body.dump()};
}

Reply availability(const Call& call) {
    ordered_json body = ordered_json::array();
    if (asks_for_zambia(call)) {
        ordered_json providers = ordered_json::array();
        for (const auto& op : operators) {
            ordered_json types = ordered_json::object();
            for (const auto operation : operation_types) {
                if (asks_for(call, operation)) types[operation] = "OPERATIONAL";
            }
            providers.push_back({{"provider", op.code}, {"operationTypes", types}});
        }
        body.push_back({{"country", "ZMB"}, {"providers", providers}});
    }
    return {.body = body.dump()};
}

Reply predict_provider(const Call& call) {
    const auto asked = ordered_json::parse(call.body, nullptr, false);
    if (!asked.is_object()) {
        return pawapay_failure(400, "INVALID_INPUT", "the body is no JSON object");
    }
    const auto phone = asked.find("phoneNumber");
    if (phone == asked.end()) {
        return pawapay_failure(400, "MISSING_PARAMETER", "phoneNumber is missing");
    }
    if (asked.size() > 1) {
        return pawapay_failure(400, "UNSUPPORTED_PARAMETER", "only phoneNumber is known");
    }
    const std::string digits = phone->is_string() ? digits_of(phone->get<std::string>()) : "";
    const auto code = operator_by_prefix(digits);
    if (code.empty()) {
        return pawapay_failure(400, "INVALID_PHONE_NUMBER", "no provider has such numbers");
    }
    const ordered_json body{{"country", "ZMB"}, {"provider", code}, {"phoneNumber", digits}};
    return {.body = body.dump()};
}

Reply wallet_balances(const Ledger& ledger) {
    const ordered_json wallet{
        {"country", "ZMB"},
        {"balance", format_amount(ledger.wallet())},
        {"currency", "ZMW"},
        {"provider", ""},
    };
    return {.body = ordered_json{{"balances", ordered_json::array({wallet})}}.dump()};
}

Reply public_keys(const SignatureKeys& keys) {
    const ordered_json key{{"id", callback_key_id}, {"key", keys.public_pem}};
    return {.body = ordered_json::array({key}).dump()};
}

}  // namespace pakashop::sandbox
