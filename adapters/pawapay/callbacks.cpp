#include "adapters/pawapay/callbacks.hpp"

#include "adapters/pawapay/signature.hpp"
#include "adapters/pawapay/statement.hpp"

namespace pakashop::pawapay {

CallbackReader::CallbackReader(CallbackOptions options, KeyDirectory& keys)
    : options_{std::move(options)}, keys_{keys} {}

std::string CallbackReader::authority(const http::Request& request) const {
    const auto scheme = options_.public_url.find("://");
    if (scheme == std::string::npos) return std::string{request.header("host")};
    const std::string rest = options_.public_url.substr(scheme + 3);
    return rest.substr(0, rest.find('/'));
}

Result<void, api::CallbackFault> CallbackReader::prove(const http::Request& request) {
    using Proof = Result<void, api::CallbackFault>;
    const auto proof = [](bool good) {
        return good ? Proof{} : Proof{unexpected{api::CallbackFault::signature}};
    };
    const std::string_view hmac = request.header("x-signature");
    if (!hmac.empty()) return proof(verify_hmac(options_.webhook_secret, request.body, hmac));
    SignedMessage message;
    message.method = request.method;
    message.authority = authority(request);
    message.path = request.target.substr(0, request.target.find('?'));
    message.body = request.body;
    for (const http::Header& header : request.headers) {
        message.headers.push_back({header.name, header.value});
    }
    bool away = false;
    const auto find = [&](std::string_view id) {
        const auto key = keys_.find(id);
        away = !key;
        return key.value_or(nullptr);
    };
    const auto good_at = [&](std::int64_t now) {
        return verify_signature(message, find, now).has_value();
    };
    const auto good = [&] {
        return good_at(options_.unix_now()) ||
               (options_.moved_now && good_at(options_.moved_now()));
    };
    bool proven = good();
    if (!proven && !away && keys_.renew()) proven = good();
    if (!proven && away) return unexpected{api::CallbackFault::busy};
    return proof(proven);
}

Result<api::ProviderStatement, api::CallbackFault> CallbackReader::read(const http::Request& request
) {
    if (const auto proven = prove(request); !proven) return unexpected{proven.error()};
    auto statement = read_callback(request.body);
    if (!statement) return unexpected{api::CallbackFault::unreadable};
    return std::visit([](auto& one) { return api::ProviderStatement{std::move(one)}; }, *statement);
}

}  // namespace pakashop::pawapay
