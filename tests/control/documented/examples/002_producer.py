from kafka import KafkaProducer
import json

producer = KafkaProducer(
    bootstrap_servers=['localhost:9092'],
    value_serializer=lambda v: json.dumps(v).encode('utf-8')
)

job_data = {
    'job_id': 'job-123',
    'sample_id': 'Patient789_Day5',
    'path_to_r1': '/path/to/sample_R1.fastq.gz',
    'path_to_r2': '/path/to/sample_R2.fastq.gz',
    'output_path': '/path/to/output'
}

producer.send('new_jobs', job_data)
