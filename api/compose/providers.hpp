#pragma once

#include <memory>

#include "adapters/pawapay/callbacks.hpp"
#include "adapters/pawapay/client.hpp"
#include "adapters/pawapay/key_directory.hpp"
#include "adapters/system/ed25519_signer.hpp"
#include "adapters/whatsapp/client.hpp"
#include "adapters/zra/client.hpp"
#include "api/compose.hpp"
#include "handlers/ports/clock.hpp"

namespace pakashop::api {

/// Everybody outside whom the program calls or believes, and the signature under what it says
/// itself.
struct Providers {
    std::unique_ptr<Ed25519Signer> proofs;
    std::unique_ptr<pawapay::Client> money;
    std::unique_ptr<pawapay::KeyDirectory> money_keys;
    std::unique_ptr<pawapay::CallbackReader> callbacks;
    std::unique_ptr<zra::Client> tax;
    std::unique_ptr<whatsapp::Client> messenger;
};

/// Reads the keys and sets up the clients; nobody is called yet. Signatures are dated by the
/// machine's own clock; outside production those of `clock`, which tests move, count as well. It
/// outlives the providers.
Result<Providers, StartFailure> open_providers(const Config& config, const Clock& clock);

}  // namespace pakashop::api
