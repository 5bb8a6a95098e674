#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/kafka/kafka_key_store.hpp"
#include "adapters/kafka/kafka_log.hpp"
#include "adapters/system/wrapped_key.hpp"
#include "api/compose.hpp"
#include "handlers/ports/log.hpp"

/// The two ends of `log copy`: a log to be carried over, with the keys of its personal data, and
/// what takes both.
namespace pakashop::cli {

/// The source, held so that no server writes it meanwhile.
struct CopySource {
    std::unique_ptr<Log> log;
    std::unique_ptr<KeyStore> keys;
    std::function<Result<std::vector<WrappedKey>, KeyFailure>()> wrapped_keys;
    /// The name of the brokers' cluster; nothing for a log on one machine.
    std::optional<std::string> cluster;
};
/// `location` as log_location() gives it. A log on one machine that a server writes is refused; of
/// one on brokers the configuration says which generation it is, and one that is wrong is refused.
Result<CopySource, api::StartFailure> open_copy_source(const std::string& location);

struct CopyDestination {
    std::string brokers;
    std::string generation;
    std::uint32_t partitions = 0;
    bool allow_weak_topic = false;
};
struct CopySink {
    std::unique_ptr<KafkaKeyStore> keys;
    std::unique_ptr<KafkaLog> log;
    std::string cluster;
};
/// Topics that are not there, not fit, or of another number of partitions are refused, and brokers
/// that do not tell their cluster.
Result<CopySink, api::StartFailure> open_copy_sink(const CopyDestination& where);

}  // namespace pakashop::cli
