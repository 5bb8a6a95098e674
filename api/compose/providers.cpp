#include "api/compose/providers.hpp"

#include <chrono>
#include <fstream>
#include <sstream>

namespace pakashop::api {
namespace {

std::int64_t real_time_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::int64_t real_time_s() { return real_time_ms() / 1000; }

std::optional<std::string> text_of_file(const std::string& path) {
    std::ifstream in{path};
    if (!in) return std::nullopt;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Result<std::shared_ptr<const pawapay::RequestSigner>, StartFailure> request_signer(
    const Config& config
) {
    if (config.pawapay_signing_key_file.empty()) return nullptr;
    const auto pem = text_of_file(config.pawapay_signing_key_file);
    auto key = pem ? pawapay::SigningKey::from_pem(*pem)
                   : unexpected{std::string{"the file cannot be read"}};
    if (!key)
        return unexpected{StartFailure{exit_refuses, "PAWAPAY_SIGNING_KEY_FILE: " + key.error()}};
    return std::make_shared<pawapay::RequestSigner>(
        pawapay::RequestSigner{*std::move(key), config.pawapay_signing_key_id}
    );
}

Result<void, StartFailure> open_money(Providers& made, const Config& config, const Clock& clock) {
    auto signer = request_signer(config);
    if (!signer) return unexpected{signer.error()};
    pawapay::ClientOptions options;
    options.base_url = config.pawapay_base_url;
    options.token = config.pawapay_api_key;
    options.signer = *signer;
    options.unix_now = real_time_s;
    made.money = std::make_unique<pawapay::Client>(std::move(options));
    made.money_keys = std::make_unique<pawapay::KeyDirectory>(
        [client = made.money.get()] { return client->public_keys(); }, real_time_ms
    );
    pawapay::CallbackOptions callbacks{
        config.pawapay_webhook_secret, config.public_url, real_time_s
    };
    if (!config.production()) callbacks.moved_now = [&clock] { return clock.now().ms / 1000; };
    made.callbacks =
        std::make_unique<pawapay::CallbackReader>(std::move(callbacks), *made.money_keys);
    return {};
}

}  // namespace

Result<Providers, StartFailure> open_providers(const Config& config, const Clock& clock) {
    Providers made;
    auto proofs = Ed25519Signer::from_file(config.proof_key_file);
    if (!proofs) return unexpected{StartFailure{exit_refuses, "PROOF_KEY_FILE: " + proofs.error()}};
    made.proofs = *std::move(proofs);
    if (auto money = open_money(made, config, clock); !money) return unexpected{money.error()};
    zra::ClientOptions tax;
    tax.base_url = config.zra_url;
    tax.api_key = config.zra_api_key;
    tax.client_id = config.zra_client_id;
    tax.client_secret = config.zra_client_secret;
    made.tax = std::make_unique<zra::Client>(std::move(tax));
    whatsapp::ClientOptions messages;
    messages.base_url = config.whatsapp_base_url;
    messages.access_token = config.whatsapp_access_token;
    messages.phone_number_id = config.whatsapp_phone_number_id;
    made.messenger = std::make_unique<whatsapp::Client>(std::move(messages));
    return made;
}

}  // namespace pakashop::api
