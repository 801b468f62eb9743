import asyncio
import json
import websockets

async def monitor_calibration(job_id):
    uri = f"ws://localhost:8000/ws/calibrate/{job_id}/logs"

    async with websockets.connect(uri) as websocket:
        async for message in websocket:
            data = json.loads(message)

            if data['type'] == 'progress':
                print(f"Progress: {data['data']['percentage']} - {data['data']['stage']}")
            elif data['type'] == 'result':
                print("Calibration completed!")
                print(json.dumps(data['data']['results'], indent=2))
                break
            elif data['type'] == 'error':
                print(f"Error: {data['data']['error']}")
                break

# Usage
asyncio.run(monitor_calibration('your-job-id-here'))
