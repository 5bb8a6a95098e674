#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregates/pin.hpp"
#include "aggregates/settings.hpp"
#include "api/environment.hpp"
#include "events/kernel/result.hpp"

namespace pakashop::api {

enum class Stage { development, staging, production };

/// What the program was told at start: one typed schema over the environment (api.md, "Starting";
/// mission ENV rows). A secret may come from a file named in `NAME_FILE`.
struct Config {
    Stage stage = Stage::development;
    std::string listen_address = "127.0.0.1";
    std::uint16_t listen_port = 8000;
    std::string data_dir = "var/data";
    std::string log_dir;        ///< PAKASHOP_LOG=rocksdb:DIR; the data directory's `log` otherwise.
    std::string kafka_brokers;  ///< PAKASHOP_LOG=kafka://HOST:PORT,…; empty on one machine.
    /// The log's name for ever; one with another number of partitions has another.
    std::string generation = "pakashop-1";
    std::string node = "1";          ///< This node's name in a cluster.
    std::string advertised_address;  ///< host:port where the other nodes reach this one.
    bool allow_weak_topic = false;   ///< For development: a log on one broker.
    std::string database_url;
    std::string client_key;
    std::string internal_key;
    std::string jwt_secret;
    std::string jwt_secret_previous;  ///< Still verifies tokens; empty when there is none.
    std::string feature_flags = "pakashop:feature_flags";
    std::string public_url;
    bool rate_limits = true;
    std::string log_level = "info";  ///< debug, info, warn or error.
    std::uint32_t partitions = 16;
    std::int64_t free_space_min_bytes = 512LL * 1024 * 1024;
    std::vector<std::string> roles;  ///< api, commands, projections, reactors, scheduler, egress.

    std::string pawapay_base_url;
    std::string pawapay_api_key;
    std::string pawapay_webhook_secret;
    std::string pawapay_signing_key_file;
    std::string pawapay_signing_key_id;
    /// From this amount on a deposit's callback is believed once the provider says so when it is
    /// asked (C-17).
    Money confirm_deposits_from{1'000'000};
    std::string flutterwave_secret_hash;  ///< Empty: none of its callbacks is taken.
    std::string zra_url;
    std::string zra_api_key;
    std::string zra_client_id;
    std::string zra_client_secret;
    std::string whatsapp_base_url;
    std::string whatsapp_access_token;
    std::string whatsapp_phone_number_id;

    PinKey pin_key;
    std::string personal_data_key_file;
    std::string proof_key_file;

    /// Defaults of run-time settings that the environment names (CFG-04, CFG-05).
    pakashop::Environment setting_defaults;
    /// Said once at start: what is set but not used here (C-49, C-50), what production refuses.
    std::vector<std::string> notices;

    std::string egress_brokers;  ///< PAKASHOP_EGRESS=kafka://HOST:PORT[,…]; empty: no egress.

    bool production() const { return stage == Stage::production; }
    bool has_role(std::string_view role) const;
};

/// The configuration, or every field that is wrong and why, one line each.
Result<Config, std::vector<std::string>> read_config(Environ look_up);

/// Every variable with what it is for, for `pakashop --help`.
std::string describe_config();

}  // namespace pakashop::api
