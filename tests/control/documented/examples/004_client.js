const jobId = 'your-job-id-here';
const ws = new WebSocket(`ws://localhost:8000/ws/calibrate/${jobId}/logs`);

ws.onopen = () => {
    console.log('Connected to calibration job:', jobId);
};

ws.onmessage = (event) => {
    const message = JSON.parse(event.data);

    switch (message.type) {
        case 'connection':
            console.log('✅ Connected:', message.data.message);
            break;

        case 'log':
            console.log(`📝 [${message.data.level}] ${message.data.line}`);
            break;

        case 'progress':
            console.log(`📊 Progress: ${message.data.percentage} - ${message.data.stage}`);
            updateProgressBar(message.data.progress);
            break;

        case 'status':
            console.log(`📋 Status: ${message.data.status} - ${message.data.message}`);
            break;

        case 'result':
            console.log('🎉 Calibration completed!');
            displayResults(message.data.results);
            break;

        case 'error':
            console.error(`❌ Error: ${message.data.error}`);
            break;

        case 'heartbeat':
            console.log('💓 Heartbeat');
            break;
    }
};

ws.onclose = () => {
    console.log('WebSocket connection closed');
};

ws.onerror = (error) => {
    console.error('WebSocket error:', error);
};
