#include "adapters/kafka/fetching.hpp"

namespace pakashop::kafka {

Settings consumer_settings(const Settings& common) {
    Settings settings = common;
    const Settings ours{
        {"auto.offset.reset", "error"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"check.crcs", "true"},
        {"isolation.level", "read_uncommitted"},
        {"allow.auto.create.topics", "false"},
        {"fetch.wait.max.ms", "20"},
        {"fetch.error.backoff.ms", "50"},
        {"fetch.message.max.bytes", "2097152"},
        {"queued.max.messages.kbytes", "4096"},
        {"queued.min.messages", "10000"},
    };
    settings.insert(settings.end(), ours.begin(), ours.end());
    return settings;
}

bool out_of_range(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
           error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
}

bool rotten(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__BAD_MSG || error == RD_KAFKA_RESP_ERR__BAD_COMPRESSION ||
           error == RD_KAFKA_RESP_ERR_INVALID_MSG;
}

}  // namespace pakashop::kafka
